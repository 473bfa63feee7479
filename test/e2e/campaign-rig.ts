/** The `campaigns` collector from outside its process, over the sandbox's diallers. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VicidialStandIn } from '../../sandbox/vicidial/start-vicidial.ts';
import { compareCalls } from '../../src/cli/demo/call-truth.ts';
import type { CallRecord } from '../../src/collectors/campaigns/call-record.ts';
import { type Ended, jsonLines, type Running, sluice, start } from './sluice-process.ts';

/** All hours that the sandbox has by itself. */
const HOURS = 'hoursFirst=40';

export class CampaignRig {
  readonly vicidial: VicidialStandIn;
  readonly cwd: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(vicidial: VicidialStandIn, cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.vicidial = vicidial;
    this.cwd = cwd;
    this.#env = { SLUICE_ALLOW_HOSTS: '127.0.0.1', SLUICE_DATA_DIR: 'data', ...env };
  }

  get options() {
    return { cwd: this.cwd, env: this.#env };
  }

  get credentials(): string {
    return this.vicidial.files?.credentialsFile as string;
  }

  collect(more: readonly string[] = [], file = this.credentials): Running {
    return start(['campaigns', 'collect', file, '--opt', HOURS, ...more], this.options);
  }

  async sluice(...args: readonly string[]): Promise<Ended> {
    return sluice(args, this.options);
  }

  /** What the last line of a cycle's JSON says. */
  summaryOf({ stdout }: Ended): Readonly<Record<string, unknown>> {
    const lines = jsonLines(stdout);
    return lines.findLast(({ type }) => type === 'campaigns-summary') ?? {};
  }

  async kept(): Promise<ReadonlyMap<string, CallRecord>> {
    const ended = await this.sluice('collections', 'export', 'calls', '-o', 'calls.jsonl');
    assert.equal(ended.code, 0, ended.stderr);
    const entries = jsonLines(readFileSync(join(this.cwd, 'calls.jsonl'), 'utf8'));
    return new Map(entries.map(({ key, value }) => [String(key), value as CallRecord]));
  }

  /** Every call is kept once, as it is by now. */
  async checkTruth(): Promise<number> {
    const found = compareCalls(await this.kept(), [...this.vicidial.truth()]);
    assert.deepEqual(found, { ...found, missing: 0, unknown: 0, different: [] });
    return found.calls;
  }

  /** No file under the directory, and none of the texts, has a password in any form. */
  checkSecrets(passwords: readonly string[], texts: readonly string[]): number {
    const secrets = passwords.flatMap((password) => [
      password,
      encodeURIComponent(password),
      Buffer.from(password).toString('base64').replace(/=+$/, ''),
    ]);
    const names = readdirSync(this.cwd, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const checked = files.filter((path) => !path.includes('sandbox'));
    for (const path of checked) {
      const bytes = readFileSync(path);
      for (const secret of secrets) assert.ok(!bytes.includes(secret), `${path} has a password`);
    }
    for (const text of texts) {
      for (const secret of secrets) assert.ok(!text.includes(secret), 'a text has a password');
    }
    return checked.length;
  }
}

/** Processes that a process has started. */
export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.filter((name) => parentOf(name) === pid).map(Number);
}

/** Undefined where it has ended meanwhile. */
function parentOf(pid: string): number | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(words[1]);
  } catch {
    return undefined;
  }
}

/** Whether a process has not ended. */
export function isThere(pid: number): boolean {
  try {
    // One that has ended may be waiting for somebody to ask how.
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
