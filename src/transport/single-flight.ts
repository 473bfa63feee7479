import { AbortCause } from '../base/abort.ts';
import type { Fetcher, FetchReply, FetchRequest } from './fetcher.ts';

/**
 * Equal work at the same time is done once. Everybody who asks gets the same result; one who gives
 * up is let go at once, and only when the last has gone is the work itself aborted, with the last
 * one's reason.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Keys under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Rejects with `signal.reason` or with what `work` rejects with. */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      const started: Flight<T> = new Flight(work, () => {
        // After an abort another flight may have taken the key.
        if (this.#flights.get(key) === started) this.#flights.delete(key);
      });
      flight = started;
      this.#flights.set(key, started);
    }
    return flight.join(signal);
  }
}

class Flight<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  readonly #leave: () => void;
  #passengers = 0;

  constructor(work: (signal: AbortSignal) => Promise<T>, leave: () => void) {
    this.#leave = leave;
    this.#result = work(this.#controller.signal).finally(leave);
    // Everybody may have left by the time it fails.
    this.#result.catch(() => {});
  }

  join(signal: AbortSignal): Promise<T> {
    this.#passengers += 1;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#passengers -= 1;
        if (this.#passengers === 0) {
          this.#leave();
          this.#controller.abort(signal.reason ?? new AbortCause('abort'));
        }
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const done = () => signal.removeEventListener('abort', onAbort);
      this.#result.then(
        (value) => {
          done();
          resolve(value);
        },
        (error) => {
          done();
          reject(error);
        },
      );
    });
  }
}

/**
 * Equal GETs (URL, headers, limits) at the same time share one exchange. The body is shared too:
 * nobody may write into it.
 */
export function withSingleFlight(fetcher: Fetcher): Fetcher {
  const flights = new SingleFlight<FetchReply>();
  return {
    exchange(request, signal) {
      const key = flightKey(request);
      if (key === undefined) return fetcher.exchange(request, signal);
      return flights.run(key, signal, (shared) => fetcher.exchange(request, shared));
    },
    close: () => fetcher.close(),
  };
}

function flightKey(request: FetchRequest): string | undefined {
  if (request.method !== 'GET' || request.body !== undefined) return undefined;
  const { url, headers, timeoutMs, deadlineMs, bodyBytesMax } = request;
  return JSON.stringify([url.href, Object.entries(headers), timeoutMs, deadlineMs, bodyBytesMax]);
}
