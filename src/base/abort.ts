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
