/**
 * Time as an argument. Nothing outside `base/` reads a clock or sets a timer, so the whole engine
 * runs under a virtual clock in simulation.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC. May jump; for showing and storing. */
  wallMs(): number;
  /** Milliseconds since an arbitrary start. Never goes back; for measuring and waiting. */
  monoMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` once after `ms`. */
  after(ms: number, callback: () => void): Timer;
}

/** A pending call. Cancelling after it ran is harmless. */
export interface Timer {
  cancel(): void;
}

/** A clock's `sleep`, made of its `after`. */
export function sleepOn(
  clock: Pick<Clock, 'after'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Node delays above 2^31-1 ms fire at once; longer waits are cut and taken up again. */
const DELAY_MS_MAX = 2_147_483_647;

class SystemClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  monoMs(): number {
    return performance.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  after(ms: number, callback: () => void): Timer {
    if (ms <= 0) {
      // Node makes a timer of nothing wait a whole millisecond; this lets sockets have their turn.
      const immediate = setImmediate(callback);
      return { cancel: () => clearImmediate(immediate) };
    }
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const stepMs = Math.min(Math.max(leftMs, 0), DELAY_MS_MAX);
      handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
    };
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  }
}

/** The machine's own clock. */
export const systemClock: Clock = new SystemClock();
