/**
 * The body of an upload as chunks that wait for their reader, and for no sender for ever. However
 * the reading ends, the connection stays open for the answer, and what still comes is let go.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { formatBytes, formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';

export interface BodyTerms {
  /** What errors call the file. */
  readonly name: string;
  /** Of the body as a whole. */
  readonly bytesMax: number;
  /** What the sender says the body's SHA-256 is, base64. */
  readonly sha256: string | undefined;
  /** A sender from whom nothing comes for longer has gone. */
  readonly idleMs: number;
}

/**
 * Rejects with `request.slow` where the sender falls silent, `input.upload_broken` where the
 * connection ends before the body, `input.too_large` and `input.digest_mismatch`.
 */
export async function* uploadBody(
  message: IncomingMessage,
  terms: BodyTerms,
  clock: Clock,
): AsyncGenerator<Buffer> {
  const { name, bytesMax, sha256: expected } = terms;
  const hash = expected === undefined ? undefined : createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunksOf(message, terms, clock)) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      throw new SluiceError('input.too_large', { name, limit: formatBytes(bytesMax) });
    }
    hash?.update(chunk);
    yield chunk;
  }
  const sha256 = hash?.digest('base64');
  if (expected !== undefined && sha256 !== undefined && sha256 !== expected) {
    throw new SluiceError('input.digest_mismatch', { name, sha256, expected });
  }
}

async function* chunksOf(
  message: IncomingMessage,
  { name, idleMs }: BodyTerms,
  clock: Clock,
): AsyncGenerator<Buffer> {
  const chunks: Buffer[] = [];
  let ended = message.readableEnded;
  let closed = message.destroyed;
  let wake: ((error?: SluiceError) => void) | undefined;
  const onData = (chunk: Buffer) => {
    message.pause();
    chunks.push(chunk);
    wake?.();
  };
  const onEnd = () => {
    ended = true;
    wake?.();
  };
  const onClose = () => {
    closed = true;
    wake?.();
  };
  message.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  try {
    for (;;) {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk;
      if (ended || closed) break;
      const next = new Promise<void>((resolve, reject) => {
        wake = (error) => (error === undefined ? resolve() : reject(error));
      });
      const slow = new SluiceError('request.slow', { limit: formatDuration(idleMs) });
      const patience = clock.after(idleMs, () => wake?.(slow));
      message.resume();
      await next;
      patience.cancel();
    }
    // A body without its end is no body.
    if (!ended || message.complete === false) {
      const detail = 'the connection ended early';
      throw new SluiceError('input.upload_broken', { name, detail });
    }
  } finally {
    message.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    message.resume();
  }
}
