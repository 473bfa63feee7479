/** What is answered where a connection brings no request that can be read: short, and the end. */
import type { Socket } from 'node:net';
import { SluiceError } from '../base/errors.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';

/** Within this time the headers of a request must be here, ms. */
export const HEADERS_MS = 20_000;

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

export function answerClientError(error: Error, socket: Socket, requestId: string): void {
  const { code } = error as { readonly code?: string };
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(problemFor(code), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Error'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function problemFor(code: string | undefined): SluiceError {
  if (code === 'HPE_HEADER_OVERFLOW') return new SluiceError('request.headers_too_large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new SluiceError('request.too_slow', { seconds: HEADERS_MS / 1_000 });
  return new SluiceError('request.invalid', { detail: 'it is not HTTP' });
}
