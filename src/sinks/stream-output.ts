import type { Writable } from 'node:stream';
import type { Output } from './output.ts';

/**
 * Writes to a stream that belongs to someone else, such as stdout or an HTTP answer, at the pace at
 * which it is read. The stream is left open. A reader that goes away makes the write reject with
 * the stream's own error (`EPIPE`), which is no fault of the job.
 */
export class StreamOutput implements Output {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  write(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream;
      if (stream.destroyed || stream.writableEnded) {
        reject(stream.errored ?? Object.assign(new Error('the reader is gone'), { code: 'EPIPE' }));
        return;
      }
      const done = (error?: Error | null) => {
        stream.off('error', done);
        stream.off('close', closed);
        if (error) reject(error);
        else resolve();
      };
      const closed = () => done(Object.assign(new Error('the reader is gone'), { code: 'EPIPE' }));
      stream.on('error', done);
      stream.on('close', closed);
      stream.write(chunk, done);
    });
  }

  async finish(): Promise<void> {}

  async discard(): Promise<void> {}
}
