/** Gathers the sources of settings for one command: file, environment, flags. */
import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, SluiceError } from '../base/errors.ts';
import { type ResolvedSettings, resolveSettings } from '../model/resolve-settings.ts';
import { mistypedVariables } from '../model/setting-keys.ts';
import type { SettingName } from '../model/settings.ts';
import type { Io } from './workbench.ts';

export interface SettingFlags {
  readonly data?: string;
  readonly config?: string;
  readonly tenant?: string;
  readonly resolve?: readonly string[];
  readonly allowHost?: readonly string[];
  /** commander sets it to true unless --no-robots is given. */
  readonly robots?: boolean;
  readonly hostRate?: string;
  readonly hostConcurrency?: string;
  readonly requestTimeout?: string;
  readonly fresh?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly grace?: string;
  readonly collector?: readonly string[];
  readonly server?: string;
  readonly token?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** Those of `settingFlags` that take a value. */
const FLAG_NAMES = {
  dataDir: '--data',
  tenant: '--tenant',
  resolve: '--resolve',
  allowHosts: '--allow-host',
  hostRate: '--host-rate',
  hostConcurrency: '--host-concurrency',
  requestTimeoutMs: '--request-timeout',
  serverUrl: '--server',
  serverToken: '--token',
  serverHost: '--host',
  serverPort: '--port',
  drainGraceMs: '--grace',
  collectors: '--collector',
} as const satisfies Partial<Record<SettingName, string>>;

const DEFAULT_FILE = 'sluice.json';

/** Throws `settings.*` for what cannot be used. */
export function loadSettings(io: Io, flags: SettingFlags): ResolvedSettings {
  const file = readFile(io, flags.config);
  return resolveSettings({
    ...(file ? { file } : {}),
    env: io.env,
    flags: settingFlags(flags),
    flagNames: FLAG_NAMES,
  });
}

/** Says what in the environment does nothing and hardly means to: a limit may be missing by it. */
export function warnOfVariables({ env, stderr }: Io): void {
  for (const [name, near] of mistypedVariables(env)) {
    const hint = near ? `Did you mean ${near}?` : '`sluice config print --json` lists them all.';
    stderr.write(`warning: ${name} is no variable of a setting. ${hint}\n`);
  }
}

function settingFlags(flags: SettingFlags): Partial<Record<SettingName, unknown>> {
  const { data, tenant, allowHost, hostRate, hostConcurrency, requestTimeout } = flags;
  return {
    dataDir: data,
    tenant,
    resolve: flags.resolve,
    allowHosts: allowHost,
    robots: flags.robots === false ? false : undefined,
    hostRate,
    hostConcurrency,
    requestTimeoutMs: requestTimeout,
    serverUrl: flags.server,
    serverToken: flags.token,
    serverHost: flags.host,
    serverPort: flags.port,
    drainGraceMs: flags.grace,
    collectors: flags.collector,
    reuseResults: flags.fresh ? false : undefined,
    logLevel: flags.verbose ? 'debug' : flags.quiet ? 'error' : undefined,
  };
}

function readFile(io: Io, named: string | undefined) {
  const path = resolve(io.cwd, named ?? DEFAULT_FILE);
  if (named === undefined && !existsSync(path)) return undefined;
  const invalid = (detail: string) =>
    new SluiceError('settings.file', { path: named ?? DEFAULT_FILE, detail });
  let values: unknown;
  try {
    values = JSON.parse(textOf(readFileSync(path)));
  } catch (error) {
    throw invalid(messageOf(error));
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw invalid('it holds no JSON object');
  }
  return { path: named ?? DEFAULT_FILE, values: values as Record<string, unknown> };
}

/** Windows editors put a byte order mark first, which is read, or write UTF-16, which is told. */
function textOf(bytes: Buffer): string {
  // JSON begins with an ASCII character, of which UTF-16 leaves one byte 0.
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff' || bytes.subarray(0, 2).includes(0)) {
    throw new Error('it is written in UTF-16; save it as UTF-8');
  }
  // Leaves a mark of UTF-8 out.
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  throw new Error('it holds bytes that are not UTF-8; save it as UTF-8');
}
