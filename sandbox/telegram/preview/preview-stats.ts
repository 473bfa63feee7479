/** What the preview saw: counters for tests and for people. */

export interface ChannelStats {
  /** Requests for its pages, whatever the answer. */
  readonly requests: number;
  /** Pages that were answered whole. */
  readonly pages: number;
  readonly throttled: number;
  readonly faults: number;
  readonly concurrencyMax: number;
  /** What its pages were held back for in all, ms: the least that reading them in turn takes. */
  readonly latencyMs: number;
}

export interface FileStats {
  readonly requests: number;
  readonly served: number;
  /** 404, because the address did not hold any longer. */
  readonly expired: number;
  readonly concurrencyMax: number;
  /** How often each file was served, by its name. */
  readonly byName: Readonly<Record<string, number>>;
}

export interface PreviewStats {
  /** Requests for pages; files are counted apart. */
  readonly requests: number;
  readonly concurrencyMax: number;
  /** Most channels whose pages were in work at once. */
  readonly channelsAtOnceMax: number;
  readonly throttled: number;
  /** Requests before the Retry-After of a 429 had passed, though it was known by then. */
  readonly early: number;
  readonly earlyInFlight: number;
  /** Answers by status, of pages and files; resets as `reset`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Names asked for that are no channel with a preview. */
  readonly notPreviewable: Readonly<Record<string, number>>;
  readonly channels: Readonly<Record<string, ChannelStats>>;
  readonly files: FileStats;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
const NAMES_MAX = 10_000;

export interface ChannelCounter extends Writable<ChannelStats> {
  concurrent: number;
}

/** Counts. Its size is bounded by the number of channels and files. */
export class PreviewCounters {
  #channels = new Map<string, ChannelCounter>();
  #statuses = new Map<string, number>();
  #notPreviewable = new Map<string, number>();
  #files = new Map<string, number>();
  #sums = { requests: 0, throttled: 0, early: 0, earlyInFlight: 0 };
  #fileSums = { requests: 0, served: 0, expired: 0, concurrencyMax: 0 };
  #concurrent = 0;
  #concurrencyMax = 0;
  #channelsAtOnce = 0;
  #channelsAtOnceMax = 0;
  #filesAtOnce = 0;

  channel(name: string): ChannelCounter {
    let found = this.#channels.get(name);
    if (!found) {
      const none = { requests: 0, pages: 0, throttled: 0, faults: 0, latencyMs: 0 };
      found = { ...none, concurrencyMax: 0, concurrent: 0 };
      this.#channels.set(name, found);
    }
    return found;
  }

  /** A request for a page begins; the result ends it. */
  pageStarted(counter: ChannelCounter | undefined): () => void {
    this.#sums.requests += 1;
    this.#concurrent += 1;
    this.#concurrencyMax = Math.max(this.#concurrencyMax, this.#concurrent);
    if (counter) {
      counter.requests += 1;
      counter.concurrent += 1;
      counter.concurrencyMax = Math.max(counter.concurrencyMax, counter.concurrent);
      if (counter.concurrent === 1) this.#channelsAtOnce += 1;
      this.#channelsAtOnceMax = Math.max(this.#channelsAtOnceMax, this.#channelsAtOnce);
    }
    return () => {
      this.#concurrent -= 1;
      if (!counter) return;
      counter.concurrent -= 1;
      if (counter.concurrent === 0) this.#channelsAtOnce -= 1;
    };
  }

  fileStarted(): () => void {
    this.#fileSums.requests += 1;
    this.#filesAtOnce += 1;
    this.#fileSums.concurrencyMax = Math.max(this.#fileSums.concurrencyMax, this.#filesAtOnce);
    return () => {
      this.#filesAtOnce -= 1;
    };
  }

  fileServed(name: string): void {
    this.#fileSums.served += 1;
    this.#files.set(name, (this.#files.get(name) ?? 0) + 1);
  }

  fileExpired(): void {
    this.#fileSums.expired += 1;
  }

  answered(status: number | 'reset'): void {
    this.#statuses.set(String(status), (this.#statuses.get(String(status)) ?? 0) + 1);
  }

  notPreviewable(name: string): void {
    const known = this.#notPreviewable.get(name) ?? 0;
    if (known > 0 || this.#notPreviewable.size < NAMES_MAX) {
      this.#notPreviewable.set(name, known + 1);
    }
  }

  /** What the gate has counted so far. */
  gate(seen: { throttled: number; early: number; earlyInFlight: number }): void {
    const { throttled, early, earlyInFlight } = seen;
    Object.assign(this.#sums, { throttled, early, earlyInFlight });
  }

  clear(): void {
    for (const counter of this.#channels.values()) {
      const { concurrent } = counter;
      Object.assign(counter, { requests: 0, pages: 0, throttled: 0, faults: 0, latencyMs: 0 });
      counter.concurrencyMax = concurrent;
    }
    this.#statuses = new Map();
    this.#notPreviewable = new Map();
    this.#files = new Map();
    this.#sums = { requests: 0, throttled: 0, early: 0, earlyInFlight: 0 };
    const concurrencyMax = this.#filesAtOnce;
    this.#fileSums = { requests: 0, served: 0, expired: 0, concurrencyMax };
    this.#concurrencyMax = this.#concurrent;
    this.#channelsAtOnceMax = this.#channelsAtOnce;
  }

  read(): PreviewStats {
    const channels: Record<string, ChannelStats> = {};
    for (const [name, { concurrent: _concurrent, ...shown }] of this.#channels) {
      if (shown.requests > 0) channels[name] = { ...shown };
    }
    return {
      ...this.#sums,
      concurrencyMax: this.#concurrencyMax,
      channelsAtOnceMax: this.#channelsAtOnceMax,
      statuses: Object.fromEntries(this.#statuses),
      notPreviewable: Object.fromEntries(this.#notPreviewable),
      channels,
      files: { ...this.#fileSums, byName: Object.fromEntries(this.#files) },
    };
  }
}
