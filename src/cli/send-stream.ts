/**
 * A request whose body is as long as it likes, at the pace of the other side. With `fetch` the
 * memory in use grew with the file (0.7 GB for one of 0.6 GB that was taken slowly).
 */
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { messageOf, SluiceError } from '../base/errors.ts';

export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  /** What errors call the body. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the answer, which may come before all is sent: then the rest is kept. Rejects with
 * `input.not_readable` where the body breaks, and as the connection does.
 */
export async function postStream({ url, headers, body, name, signal }: StreamRequest) {
  const start = url.startsWith('https:') ? requestHttps : requestHttp;
  const outgoing = start(url, { method: 'POST', headers, signal });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve);
  outgoing.on('error', reject);
  body.once('error', (cause) => {
    const detail = messageOf(cause);
    reject(new SluiceError('input.not_readable', { path: name, detail }, { cause }));
  });
  pipeline(body, outgoing).catch(reject);
  try {
    const answer = await promise;
    return { status: answer.statusCode ?? 0, body: await text(answer) };
  } finally {
    outgoing.destroy();
    body.destroy();
  }
}
