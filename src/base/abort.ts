/**
 * Cancellation has a cause. Every wait takes an `AbortSignal` whose reason is an `AbortCause`, so
 * an interrupt by shutdown is never mistaken for a failure of the work.
 */
export type AbortKind = 'drain' | 'abort' | 'deadline' | 'cancel' | 'lease-lost';

export class AbortCause extends Error {
  override readonly name = 'AbortCause';
  readonly kind: AbortKind;

  constructor(kind: AbortKind, message: string = kind) {
    super(message);
    this.kind = kind;
  }
}

/** The cause behind an aborted signal; a foreign reason counts as `abort`. */
export function abortCause(signal: AbortSignal): AbortCause | undefined {
  if (!signal.aborted) return undefined;
  return signal.reason instanceof AbortCause ? signal.reason : new AbortCause('abort');
}

/** The work's end, or the signal's reason where that comes first. */
export function orAborted<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
