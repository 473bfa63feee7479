/**
 * How a command reaches the process that owns a data directory: one JSON line to a socket inside
 * it, one JSON line back. So `jobs pause` in one terminal works on a run in another.
 */
import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../base/error-table.ts';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';
import type { ApiRequest } from './workbench.ts';

export type ControlRequest =
  | JobControl
  /** How running jobs stand. */
  | { readonly action: 'standing'; readonly jobIds: readonly string[] }
  /** Where the server listens that owns the directory, and a key for this machine's user. */
  | { readonly action: 'server' }
  /** What the API is asked of a run, as an operator. */
  | { readonly action: 'api'; readonly request: ApiRequest };

export type JobControl =
  | { readonly action: 'pause' | 'resume' | 'cancel'; readonly jobId: string }
  /** `only`: which failures are to be retried; undefined = all. */
  | { readonly action: 'retry'; readonly jobId: string; readonly only?: string };

type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: string; readonly params: Record<string, string | number> };

const LINE_BYTES_MAX = 16 * 2 ** 20;
/** The kernel's limit for the path of a socket. */
const SOCKET_PATH_MAX = 100;

/** Answers requests until the returned function is called. */
export async function serveControl(
  dataDir: string,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const path = socketPath(dataDir);
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    readLine(socket, async (line) => {
      socket.end(`${JSON.stringify(await answer(line, handle))}\n`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      rmSync(path, { force: true });
    });
}

/** Asks the owner; undefined where none listens. Rejects with the owner's error. */
export async function askOwner(dataDir: string, request: ControlRequest): Promise<unknown> {
  const socket = createConnection(socketPath(dataDir));
  const line = await new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the owner hung up')));
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    readLine(socket, async (text) => resolve(text));
  });
  const reply = JSON.parse(line) as Answer;
  if (reply.ok) return reply.result;
  throw new SluiceError(reply.code as ErrorCode, reply.params);
}

/** Whether a process owns the data directory and listens; of another user's it is supposed. */
export function ownerListens(dataDir: string): Promise<boolean> {
  const socket = createConnection(socketPath(dataDir));
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(systemCode(error) === 'EACCES'));
  });
}

async function answer(
  line: string,
  handle: (request: ControlRequest) => Promise<unknown>,
): Promise<Answer> {
  try {
    return { ok: true, result: (await handle(JSON.parse(line) as ControlRequest)) ?? null };
  } catch (error) {
    if (error instanceof SluiceError) return { ok: false, code: error.code, params: error.params };
    return { ok: false, code: 'internal.bug', params: { detail: messageOf(error) } };
  }
}

function readLine(socket: Socket, onLine: (line: string) => Promise<void>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) void onLine(text.slice(0, end));
    else if (text.length > LINE_BYTES_MAX) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
}

function socketPath(dataDir: string): string {
  const path = join(dataDir, 'control.sock');
  if (path.length <= SOCKET_PATH_MAX) return path;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 24);
  return join(tmpdir(), `sluice-${name}.sock`);
}
