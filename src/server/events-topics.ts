/**
 * Who gets which frames. A frame is put before the readers of its job, of its tenant and of
 * everything; what gathers in between goes to each of them in one write.
 */
import type { Frame } from './events-log.ts';
import { Chunk, type EventReader } from './events-reader.ts';

/** What is read: one job, or the jobs of a tenant (undefined = of all). */
export interface Subject {
  readonly jobId?: string;
  readonly tenant: string | undefined;
}

interface Topic {
  readonly subject: Subject;
  readonly readers: Set<EventReader>;
  pending: Buffer[];
  /** Its job has ended: readers that wait for that leave after the next write. */
  over: boolean;
}

export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #waiting = new Set<Topic>();

  add(subject: Subject, reader: EventReader): void {
    const key = keyOf(subject);
    const topic = this.#topics.get(key);
    if (topic) topic.readers.add(reader);
    else {
      const readers = new Set([reader]);
      this.#topics.set(key, { subject, readers, pending: [], over: false });
    }
  }

  remove(subject: Subject, reader: EventReader): void {
    const key = keyOf(subject);
    const topic = this.#topics.get(key);
    topic?.readers.delete(reader);
    if (topic?.readers.size === 0) this.#topics.delete(key);
  }

  /** How many there are that somebody reads. */
  get size(): number {
    return this.#topics.size;
  }

  *readers(): Iterable<EventReader> {
    for (const { readers } of this.#topics.values()) yield* readers;
  }

  /** Jobs that somebody reads by themselves. */
  *jobs(): Iterable<string> {
    for (const { subject } of this.#topics.values()) if (subject.jobId) yield subject.jobId;
  }

  /** Whether anybody reads what is told of a job. */
  reads(jobId: string, tenant: string): boolean {
    return keysOf(jobId, tenant).some((key) => this.#topics.has(key));
  }

  /** `over`: whether the job has ended with this, where the frame says anything of it. */
  publish(frame: Frame, over: boolean | undefined): void {
    for (const key of keysOf(frame.jobId, frame.tenant)) {
      const topic = this.#topics.get(key);
      if (topic === undefined) continue;
      topic.pending.push(frame.bytes);
      if (over !== undefined) topic.over = over && topic.subject.jobId !== undefined;
      this.#waiting.add(topic);
    }
  }

  flush(): void {
    for (const topic of this.#waiting) {
      const chunk = new Chunk(topic.pending);
      topic.pending = [];
      for (const reader of topic.readers) {
        reader.write(chunk);
        if (topic.over && reader.untilEnd) void reader.end('');
      }
    }
    this.#waiting.clear();
  }
}

export function isAbout(subject: Subject, frame: Frame): boolean {
  if (subject.jobId !== undefined) return frame.jobId === subject.jobId;
  return subject.tenant === undefined || frame.tenant === subject.tenant;
}

function keyOf({ jobId, tenant }: Subject): string {
  if (jobId !== undefined) return `job ${jobId}`;
  return tenant === undefined ? '' : `tenant ${tenant}`;
}

function keysOf(jobId: string, tenant: string): readonly string[] {
  return [`job ${jobId}`, `tenant ${tenant}`, ''];
}
