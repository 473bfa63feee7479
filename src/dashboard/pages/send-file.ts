/** Sends a file and tells how far it is, which `fetch` does not; the job may run before its end. */
import { pageHeaders, problemOf } from '../api.ts';
import type { Job } from '../wire.ts';

export interface Sent {
  readonly job: Job;
  readonly created: boolean;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

export interface Sending {
  readonly sent: Promise<Sent>;
  /** Finds the job while the file is still under way. */
  readonly key: string;
  stop(): void;
}

export function sendFile(
  body: Blob,
  query: Readonly<Record<string, string>>,
  onProgress: (share: number) => void,
): Sending {
  const request = new XMLHttpRequest();
  const key = newKey();
  const sent = new Promise<Sent>((resolve, reject) => {
    request.open('POST', `/v1/uploads?${new URLSearchParams(query)}`);
    for (const [name, value] of Object.entries(pageHeaders()))
      request.setRequestHeader(name, value);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('idempotency-key', key);
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      onProgress(total === 0 ? 1 : loaded / total);
    });
    request.addEventListener('load', () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(JSON.parse(responseText) as Sent);
      else reject(problemOf(status, responseText));
    });
    request.addEventListener('error', () => reject(new TypeError('The connection broke off.')));
    request.addEventListener('abort', () => reject(new DOMException('Stopped', 'AbortError')));
    request.send(body);
  });
  return { sent, key, stop: () => request.abort() };
}

/** `crypto.randomUUID` is there over TLS and on this machine alone. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
