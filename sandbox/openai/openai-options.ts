export interface OpenAiOptions {
  readonly port?: number;
  readonly seed?: number;
  /** '' = everybody may ask. */
  readonly key?: string;
  readonly latencyMs?: number;
  /** Share of the questions that end in a 500, or in a connection that breaks; 0 to 1. */
  readonly faultShare?: number;
  /** Questions a second, then 429 with Retry-After; 0 = no limit. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
}

export type OpenAiOrder =
  /** The next `times` questions are answered so; 0 = never at all, until the client goes. */
  | { do: 'fail'; status: number; times: number; retryAfterS?: number; code?: string }
  | { do: 'limit'; ratePerSecond: number; burst: number }
  | { do: 'latency'; ms: number }
  /** Another key from now on. */
  | { do: 'key'; key: string };

export interface OpenAiStats {
  readonly asked: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly together: number;
  /** Questions that came before Retry-After had passed. */
  readonly early: number;
}
