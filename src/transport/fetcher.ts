import type { BodyStream } from './body-stream.ts';

/**
 * The port through which bytes come in: one HTTP exchange, no redirects, no waiting for limits.
 * Politeness (lanes, robots.txt, redirects, retries) is composed around it in `engine/`.
 */
export interface Fetcher {
  /**
   * Sends one request and reads the whole answer; of a streamed one, up to its headers.
   *
   * Rejects with a `SluiceError` whose code starts with `fetch.` (DNS, connection, TLS, time-outs,
   * body limits, blocked address), or with the signal's `AbortCause`.
   */
  exchange(request: FetchRequest, signal: AbortSignal): Promise<FetchReply>;
  /**
   * An answer that needs no request, where one is at hand; asked before any limit is waited for.
   */
  kept?(request: FetchRequest): Promise<FetchReply | undefined> | undefined;
  close(): Promise<void>;
}

export interface FetchRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Longest wait for the connection, for the headers, and between two pieces of the body. */
  readonly timeoutMs: number;
  /** Longest time for the whole exchange. */
  readonly deadlineMs: number;
  /**
   * The answer is there with its headers, and its body comes as it is taken. While nobody takes it,
   * no time-out but `deadlineMs` runs.
   */
  readonly stream?: boolean;
  /** Largest body after decompression; more is an error. */
  readonly bodyBytesMax: number;
  /**
   * Asked when the request is about to be written, the last thing before it; false: it does not go
   * out, and the exchange rejects with `cluster.fenced`. A process may have stood still since it
   * was begun.
   */
  readonly mayGo?: () => boolean;
}

export interface FetchReply {
  readonly url: string;
  readonly status: number;
  /** Lower-case names; repeated headers joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed; empty where it is streamed. */
  readonly body: Uint8Array;
  /** Whether a cache holds the body as well. */
  readonly cached?: boolean;
  /** The body of a streamed answer. To be read to its end or cancelled. */
  readonly stream?: BodyStream;
  /** From request to its first byte on the wire, ms: what it waited for a connection. */
  readonly sentMs: number;
  /** From request to headers, ms. */
  readonly headersMs: number;
  /** From request to the last byte, or to the headers where it is streamed, ms. */
  readonly totalMs: number;
  /** Bytes on the wire, before decompression. */
  readonly wireBytes: number;
}
