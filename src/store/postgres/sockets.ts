/**
 * The sockets of a pool of connections, so that all of them can be closed where nobody answers: a
 * driver that says good-bye waits for the other end, which may be gone without a word.
 */
import { Socket } from 'node:net';
import type pg from 'pg';
import type { Clock } from '../../base/clock.ts';

export class Sockets {
  readonly #open = new Set<Socket>();
  #closed = false;

  /** What the driver connects with. */
  readonly create = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    if (this.#closed) process.nextTick(() => socket.destroy());
    return socket;
  };

  /** Closes all there are and will be: whoever waits for an answer hears that there is none. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#open) socket.destroy();
  }
}

/** Closes one connection without a word to the other end. */
export function cutOff(client: pg.ClientBase): void {
  (client as pg.Client).connection.stream.destroy();
}

/** Waits for `end`; after `ms` without the other end. */
export async function endWithin(
  ms: number,
  clock: Pick<Clock, 'after'>,
  end: () => Promise<unknown>,
  cut: () => void,
): Promise<void> {
  const timer = clock.after(ms, cut);
  try {
    await end();
  } finally {
    timer.cancel();
  }
}
