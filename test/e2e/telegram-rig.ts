/** The `channels` collector from outside its process, over the sandbox's channels. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Telegram } from '../../sandbox/telegram/start-telegram.ts';
import { differences, type TruthWishes } from '../../src/cli/demo/message-truth.ts';
import type { ChannelMessage } from '../../src/collectors/channels/message.ts';
import { type Ended, jsonLines, type Running, sluice, start } from './sluice-process.ts';

export interface ChannelRun {
  readonly ended: Ended;
  readonly records: readonly ChannelMessage[];
  /** The last line of JSON output. */
  readonly summary: Readonly<Record<string, unknown>>;
}

export class TelegramRig {
  readonly telegram: Telegram;
  readonly cwd: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(telegram: Telegram, cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.telegram = telegram;
    this.cwd = cwd;
    this.#env = { SLUICE_TELEGRAM_PREVIEW_URL: telegram.url, ...env };
  }

  get options() {
    return { cwd: this.cwd, env: this.#env };
  }

  args(data: string, input: string, more: readonly string[] = []): string[] {
    return ['run', 'channels', input, '--data', data, '--json', ...more];
  }

  start(data: string, input: string, more: readonly string[] = []): Running {
    return start(this.args(data, input, more), this.options);
  }

  async run(data: string, input: string, more: readonly string[] = []): Promise<ChannelRun> {
    const output = join(this.cwd, `${data}.jsonl`);
    const ended = await sluice(this.args(data, input, [...more, '-o', output]), this.options);
    assert.ok(ended.code === 0 || ended.code === 3, ended.stderr);
    const summary = jsonLines(ended.stdout).at(-1) ?? {};
    return { ended, records: readRecords(readFileSync(output, 'utf8')), summary };
  }

  async sluice(...args: readonly string[]): Promise<Ended> {
    const ended = await sluice(args, this.options);
    assert.equal(ended.code, 0, ended.stderr);
    return ended;
  }

  /** Everything of these channels is there once, as the sandbox means it. */
  checkTruth(records: readonly ChannelMessage[], wishes: TruthWishes, access = ['public']): void {
    const truth = [...this.telegram.truth()].filter((post) => access.includes(post.access));
    const byKey = new Map(records.map((record) => [keyOf(record.channel.name, record.id), record]));
    assert.equal(byKey.size, records.length, 'a message is there twice');
    const surprises = truth.flatMap((post) => {
      const key = keyOf(post.channel, post.id);
      const record = byKey.get(key);
      if (!record) return [`${key} is not there`];
      return differences(record, post, wishes).map((part) => `${key} ${part}`);
    });
    assert.deepEqual(surprises.slice(0, 5), []);
    assert.equal(records.length, truth.length);
  }

  /** The bytes of every picture that is named are where they are said to be. */
  checkFiles(records: readonly ChannelMessage[], data: string): number {
    const files = records.flatMap(({ media }) => media.flatMap(({ file }) => file ?? []));
    for (const { digest, path, size } of files) {
      const bytes = readFileSync(join(this.cwd, data, 'files', path));
      assert.equal(bytes.length, size);
      assert.equal(createHash('sha256').update(bytes).digest('hex'), digest);
    }
    return files.length;
  }
}

export function readRecords(text: string): ChannelMessage[] {
  return jsonLines(text) as unknown as ChannelMessage[];
}

function keyOf(channel: string, id: number): string {
  return `${channel}/${id}`;
}
