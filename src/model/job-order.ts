/** What is asked for, as plain JSON: the API takes it, schedules keep it. */
export interface JobOrder {
  /** Registered name. */
  readonly collector: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Rows as they are, or the input of an earlier job once more; none where nothing is needed. */
  readonly input?: { readonly rows: readonly unknown[] } | { readonly job: string };
  readonly column?: string;
  /** Slots; 0 or none = as the collector or the settings say. */
  readonly concurrency?: number;
  readonly retries?: number;
  /** Share among the tenant's jobs; 1 where nothing is said. */
  readonly weight?: number;
  /** Where records are delivered to: names of destinations, or addresses. */
  readonly deliver?: readonly string[];
  /** So long the caller itself waits for the end, ms. */
  readonly callerWaitsMs?: number;
}
