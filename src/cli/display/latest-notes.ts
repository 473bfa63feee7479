/** What tasks that are at work said last, a line each. */
import type { SequencedEvent } from '../../model/event.ts';

/** A task that has not spoken for so long is done, or waits for what is told elsewhere. */
const SILENT_MS = 20_000;
const TASKS_MAX = 1_000;

export class LatestNotes {
  /** By task, the one that spoke last at the end. */
  readonly #notes = new Map<number, { readonly note: string; readonly atMs: number }>();

  apply(event: SequencedEvent): void {
    if (event.type === 'task.failed') this.#notes.delete(event.seq);
    if (event.type !== 'task.note') return;
    this.#notes.delete(event.seq);
    this.#notes.set(event.seq, { note: event.note, atMs: event.atMs });
    if (this.#notes.size <= TASKS_MAX) return;
    const [oldest] = this.#notes.keys();
    if (oldest !== undefined) this.#notes.delete(oldest);
  }

  /** Those that spoke last, in the order of the rows, which does not change under the eye. */
  lines(wallMs: number, max: number): readonly string[] {
    for (const [seq, { atMs }] of this.#notes) {
      if (wallMs - atMs > SILENT_MS) this.#notes.delete(seq);
    }
    return [...this.#notes]
      .slice(-max)
      .sort(([a], [b]) => a - b)
      .map(([, { note }]) => note);
  }
}
