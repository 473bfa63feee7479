/** What tests of uploads share: a server for all of them, and senders that take their time. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type ClientRequest, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RigAnswer, type ServerRig, startServer } from './server-rig.ts';

export const PATH = '/v1/uploads?collector=contacts&column=website';
export const CSV = { 'content-type': 'text/csv' };

const PATIENCE_MS = 60_000;

export function sha256(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('base64');
}

export interface UploadRig extends ServerRig {
  /** Names of the stored inputs. */
  files(): Promise<readonly string[]>;
  /** The job once it no longer runs. */
  ended(id: string): Promise<RigAnswer['json']>;
  /** The newest job of all. */
  newest(): Promise<RigAnswer['json']>;
  /** Begins a request whose body the test writes. */
  send(path: string, headers: Readonly<Record<string, string>>): Sending;
}

export interface Sending {
  readonly request: ClientRequest;
  readonly answer: Promise<{ readonly status: number; readonly json: RigAnswer['json'] }>;
}

export async function startUploads(
  test: TestContext,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<UploadRig> {
  const rig = await startServer(test, { robots: false, retries: 0, ...flags });
  const job = async (id: string) => (await rig.call('GET', `/v1/jobs/${id}`)).json;
  return {
    ...rig,
    files: () => readdir(join(rig.dataDir, 'inputs')).catch(() => []),
    ended: (id) =>
      until(
        () => job(id),
        ({ state }) => state !== 'running',
      ),
    newest: async () => (await rig.call('GET', '/v1/jobs?limit=1')).json.jobs[0],
    send: (path, headers) => begin(rig.url + path, { 'x-api-key': rig.keys.run, ...headers }),
  };
}

/** Asks again and again until the answer is as it should be. */
export async function until<T>(ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
    if (performance.now() - startMs > PATIENCE_MS) {
      throw new Error(`Waited in vain; the last answer was ${JSON.stringify(value)}`);
    }
    await sleep(5);
  }
}

export function begin(url: string, headers: Readonly<Record<string, string>>): Sending {
  const sending = request(url, { method: 'POST', headers });
  const answer = new Promise<{ status: number; json: RigAnswer['json'] }>((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode ?? 0, json: JSON.parse(text) });
      });
    });
  });
  answer.catch(() => {});
  return { request: sending, answer };
}

/** A website on the loopback; resolves with its address as rows name it. */
export async function startWebsite(test: TestContext): Promise<string> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<title>Acme</title><a href="mailto:hello@acme-tools.com">Write</a>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    site.closeAllConnections();
    site.close();
  });
  return `127.0.0.1:${(site.address() as AddressInfo).port}`;
}
