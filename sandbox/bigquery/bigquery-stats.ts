/** What the stand-in has seen. */
import type { CallKind, FaultMode } from './bigquery-faults.ts';

export interface BigQueryStats {
  readonly requests: number;
  /** By what they were about. */
  readonly calls: Readonly<Partial<Record<CallKind, number>>>;
  /** Answers that were no success, by reason; those that went wrong on purpose too. */
  readonly refused: Readonly<Record<string, number>>;
  readonly faults: Readonly<Partial<Record<FaultMode, number>>>;
  /** Requests that are open now, at most. */
  readonly concurrencyMax: number;
  readonly rowsLoaded: number;
  readonly rowsStreamed: number;
  readonly tokens: number;
}

export class BigQueryCounters {
  #requests = 0;
  #calls = new Map<CallKind, number>();
  #refused = new Map<string, number>();
  #faults = new Map<FaultMode, number>();
  #open = 0;
  #openMax = 0;
  #rows = { loaded: 0, streamed: 0, tokens: 0 };

  open(kind: CallKind): () => void {
    this.#requests += 1;
    this.#calls.set(kind, (this.#calls.get(kind) ?? 0) + 1);
    this.#open += 1;
    this.#openMax = Math.max(this.#openMax, this.#open);
    return () => {
      this.#open -= 1;
    };
  }

  refused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  fault(mode: FaultMode): void {
    this.#faults.set(mode, (this.#faults.get(mode) ?? 0) + 1);
  }

  loaded(rows: number): void {
    this.#rows.loaded += rows;
  }

  streamed(rows: number): void {
    this.#rows.streamed += rows;
  }

  token(): void {
    this.#rows.tokens += 1;
  }

  read(): BigQueryStats {
    const { loaded, streamed, tokens } = this.#rows;
    return {
      requests: this.#requests,
      calls: Object.fromEntries(this.#calls),
      refused: Object.fromEntries(this.#refused),
      faults: Object.fromEntries(this.#faults),
      concurrencyMax: this.#openMax,
      rowsLoaded: loaded,
      rowsStreamed: streamed,
      tokens,
    };
  }

  /** Forgets everything but the requests that are open. */
  clear(): void {
    this.#requests = 0;
    this.#calls.clear();
    this.#refused.clear();
    this.#faults.clear();
    this.#openMax = this.#open;
    this.#rows = { loaded: 0, streamed: 0, tokens: 0 };
  }
}
