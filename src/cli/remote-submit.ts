/** Gives a server a job: a file as it is read, or an order without one. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { formatBytes } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import { otherInput } from '../engine/other-input.ts';
import { checkFile } from '../sources/input-file.ts';
import type { ShownJob } from './job-reader.ts';
import { workingFlag } from './next-command.ts';
import { inputWishes, jobOptions, wholeNumber } from './option-values.ts';
import type { Invocation, OwnFlags } from './program.ts';
import type { Remote } from './remote.ts';

export interface Submitted {
  readonly job: ShownJob;
  /** False: the idempotency key named it before. */
  readonly created: boolean;
  readonly warnings: readonly Warning[];
}

interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Smaller ones are there before it could be read. */
const TOLD_BYTES_MIN = 8 * 2 ** 20;

/** Throws `usage.invalid` for flags that only `sluice serve` could obey. */
export function checkRemoteFlags(own: OwnFlags): void {
  const flag = workingFlag(own);
  if (flag === undefined) return;
  throw new SluiceError('usage.invalid', {
    detail: `${flag} belongs to the process that works: give it to \`sluice serve\``,
  });
}

/**
 * Resolves when the server has the whole input. Rejects with what is wrong with the request, before
 * anything is sent where that can be known.
 */
export async function submitTo(
  remote: Remote,
  { io, flags }: Invocation,
  [collector = '', input]: readonly (string | undefined)[],
  own: OwnFlags,
  signal: AbortSignal,
): Promise<Submitted> {
  checkRemoteFlags(own);
  const order = {
    collector,
    options: jobOptions(own.opt),
    ...(own.column === undefined ? {} : { column: String(own.column) }),
    ...numbers(own),
  };
  const { idempotencyKey: key } = own;
  const headers = key === undefined ? {} : { 'idempotency-key': String(key) };
  if (input === undefined) {
    return remote.ask({ method: 'POST', path: '/v1/jobs', body: order, headers, signal });
  }
  const path = input === '-' ? undefined : resolve(io.cwd, input);
  const bytes = path === undefined ? 0 : (await checkFile(path)).bytes;
  // A wrong key or an unknown collector is said before a large file is on its way.
  const known = `/v1/collectors/${encodeURIComponent(collector)}`;
  await remote.ask({ method: 'GET', path: known, signal });
  const name = path === undefined ? String(own.inputName ?? 'standard input') : basename(path);
  if (bytes >= TOLD_BYTES_MIN && !flags.quiet && !flags.json) {
    io.stderr.write(`Sending ${name}, ${formatBytes(bytes)}\n`);
  }
  const to = `/v1/uploads?${query({ ...order, ...inputWishes(own), name })}`;
  const answer = await remote.post<Uploaded>(to, {
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: path === undefined ? io.stdin : createReadStream(path),
    name,
    signal,
  });
  // Where the key is known the server does not read the file, so that is compared here.
  if (answer.created || path === undefined || answer.digest === undefined) return answer;
  if (answer.digest === (await digestOf(path))) return answer;
  return { ...answer, warnings: [...answer.warnings, otherInput(name, answer.job.input.name)] };
}

interface Uploaded extends Submitted {
  /** Of the file that the job was made of. */
  readonly digest?: string;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha-256=:${hash.digest('base64')}:`;
}

function numbers(own: OwnFlags): Readonly<Record<string, number>> {
  const concurrency = wholeNumber('--concurrency', own.concurrency);
  const retries = wholeNumber('--retries', own.retries);
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retries === undefined ? {} : { retries }),
  };
}

function query(fields: Readonly<Record<string, unknown>>): URLSearchParams {
  const texts = Object.entries(fields).map(([name, value]) => {
    const text = name === 'options' ? JSON.stringify(value) : String(value);
    return [name, name === 'delimiter' && text === '\t' ? 'tab' : text] as [string, string];
  });
  return new URLSearchParams(texts);
}
