/**
 * What goes out as server-sent events: numbered, written out once for all readers, and kept for a
 * while for those who come back. All readers of a job see the same numbers, so one that was away
 * goes on exactly behind its last.
 *
 * Numbers are epoch × 2³² + 1, 2, … without a gap: those of an earlier start are below all of these
 * and belong to a past that is not kept.
 */
import { epochStart } from '../engine/feed.ts';

export interface Frame {
  readonly id: number;
  readonly type: string;
  readonly jobId: string;
  readonly tenant: string;
  /** As it goes over the wire. */
  readonly bytes: Buffer;
}

export interface EventLogLimits {
  /** Both are what is surely kept; up to twice as much is. */
  readonly framesMax: number;
  readonly bytesMax: number;
}

export class EventLog {
  readonly #limits: EventLogLimits;
  #frames: Frame[] = [];
  #bytes = 0;
  #last: number;

  constructor(epoch: number, limits: EventLogLimits) {
    this.#last = epochStart(epoch);
    this.#limits = limits;
  }

  /** Number of the newest; the start of the epoch before the first. */
  get last(): number {
    return this.#last;
  }

  append(type: string, jobId: string, tenant: string, data: unknown): Frame {
    this.#last += 1;
    const id = this.#last;
    const frame = { id, type, jobId, tenant, bytes: frameBytes(type, data, id) };
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    const { framesMax, bytesMax } = this.#limits;
    if (this.#frames.length > 2 * framesMax || this.#bytes > 2 * bytesMax) this.#cut();
    return frame;
  }

  /** Those after `id`, or undefined where some of them are no longer kept, or never were. */
  after(id: number): readonly Frame[] | undefined {
    const beforeFirst = this.#last - this.#frames.length;
    // NaN is none of them either.
    if (!(id >= beforeFirst && id <= this.#last)) return undefined;
    return this.#frames.slice(id - beforeFirst);
  }

  /** Those of a job, the last first. */
  of(jobId: string): readonly Frame[] {
    return this.#frames.filter((frame) => frame.jobId === jobId).reverse();
  }

  /** In large steps: cutting one by one would copy all at every event. */
  #cut(): void {
    const { framesMax, bytesMax } = this.#limits;
    let from = this.#frames.length;
    let bytes = 0;
    while (from > 0 && this.#frames.length - from < framesMax && bytes < bytesMax) {
      from -= 1;
      bytes += (this.#frames[from] as Frame).bytes.length;
    }
    this.#frames = this.#frames.slice(from);
    this.#bytes = bytes;
  }
}

/** JSON has no line breaks of its own, so one `data:` line is enough. */
export function frameBytes(type: string, data: unknown, id?: number): Buffer {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`${head}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
}
