/**
 * NDJSON on stdout: first the schema line, then the engine's events as they are, last the summary.
 * Within a schema number fields are only added.
 */
import { standstill } from '../../engine/job-words.ts';
import type { SequencedEvent } from '../../model/event.ts';
import type { Display, JobView, Summary } from './display.ts';

const SCHEMA = 1;
/** Progress comes with every commit; readers need a few a second. State changes all go out. */
const PROGRESS_EVERY_MS = 250;

export class JsonDisplay implements Display {
  readonly everyMs = 1_000;
  readonly #write: (line: string) => void;
  #progressMs = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  start(view: JobView): void {
    const { id, collector, tenant, input } = view.job;
    this.#json({ schema: SCHEMA, type: 'start', jobId: id, collector, tenant, input: input.name });
  }

  event(event: SequencedEvent): void {
    if (event.type === 'job.progress') {
      if (event.atMs - this.#progressMs < PROGRESS_EVERY_MS) return;
      this.#progressMs = event.atMs;
    }
    // Who reads this has the job's id, and asks for what else there is to it.
    const { job: _, ...told } = { job: undefined, ...event };
    this.#json(told);
  }

  tick(view: JobView): void {
    const still = standstill(view);
    if (view.progress.running > 0 || (view.blockages.length === 0 && still === undefined)) return;
    const { blockages, nextDueMs } = view;
    this.#json({ type: 'job.blocked', jobId: view.job.id, blockages, still, nextDueMs });
  }

  say(): void {}

  end(_view: JobView, summary: Summary): void {
    this.#json(summary);
  }

  #json(value: unknown): void {
    this.#write(JSON.stringify(value));
  }
}
