/**
 * A real server on a free port of the loopback, over a real database in a directory of its own,
 * with keys of two tenants: for tests that speak HTTP to it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createWorkbench } from '../../src/main.ts';
import { resolveSettings } from '../../src/model/resolve-settings.ts';
import type { Store } from '../../src/store/store.ts';

export interface ServerRig {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly dataDir: string;
  /** What it works on. */
  readonly store: Store;
  /** An operator's key, and admin, run and read keys of the tenants `acme` and `other`. */
  readonly keys: Readonly<Record<RigKey, string>>;
  /** Asks as an operator unless another key is named; `''` = no key. */
  call(method: string, path: string, options?: CallOptions): Promise<RigAnswer>;
}

export type RigKey = 'operator' | 'admin' | 'run' | 'read' | 'other';

export interface CallOptions {
  readonly key?: RigKey | '';
  readonly json?: unknown;
  readonly body?: string | Uint8Array | ReadableStream;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RigAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of all kinds are looked into.
  readonly json: any;
}

/** Starts a server that ends with the test. `flags`: settings by name. */
export async function startServer(
  test: Pick<TestContext, 'after'>,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<ServerRig> {
  const dataDir = (flags.dataDir as string) ?? (await mkdtemp(join(tmpdir(), 'sluice-server-')));
  const resolved = resolveSettings({ env: {}, flags: { dataDir, logLevel: 'error', ...flags } });
  const { stdin, stdout, stderr } = process;
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd: dataDir });
  const session = await bench.openEngine('serve');
  const server = await bench.openServer(session);
  test.after(async () => {
    await server.close();
    await session.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const operator = (await server.firstKey()) as string;
  await server.start();
  const url = await server.listen('127.0.0.1', 0);
  const call = async (key: string, method: string, path: string, options: CallOptions = {}) => {
    const { json, body, headers } = options;
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body, duplex: 'half' }),
      redirect: 'manual',
    } as RequestInit);
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      get json() {
        return JSON.parse(text) as unknown;
      },
    };
  };
  const make = async (tenant: string, scope: string) => {
    const json = { name: scope, scope, tenant };
    return ((await call(operator, 'POST', '/v1/keys', { json })).json as { key: string }).key;
  };
  for (const name of ['acme', 'other']) {
    await call(operator, 'POST', '/v1/tenants', { json: { name } });
  }
  const keys = {
    operator,
    admin: await make('acme', 'admin'),
    run: await make('acme', 'run'),
    read: await make('acme', 'read'),
    other: await make('other', 'admin'),
  };
  return {
    url,
    store: session.store,
    dataDir,
    keys,
    call: (method, path, { key = 'operator', ...options } = {}) =>
      call(key === '' ? '' : keys[key], method, path, options),
  };
}
