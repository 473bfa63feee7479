/**
 * Keeps the charts of jobs over a restart: so that the bend where a new version was started is seen
 * between what was before and what came after. Written once a minute where anything moved, and when
 * the server ends; of a server that was killed the last minute is missing. What is older than the
 * chart is removed.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { DocumentChange } from '../model/document.ts';
import type { Store } from '../store/store.ts';
import { type History, type SavedSteps, STEP_MS, STEPS } from './history.ts';
import type { JobMarks, Mark, SavedMarks } from './job-marks.ts';
import type { JobWindow, SavedLatency } from './job-window.ts';

const KIND = 'job-chart';
const WRITE_EVERY_MS = 60_000;
/** Of them are written at a time; the others' turn is the next, of so many at most. */
const JOBS_MAX = 100;
const LEFT_MAX = 1_000;
const PAGE = 1_000;
const KEPT_MS = STEPS * STEP_MS;

interface SavedChart {
  readonly atMs: number;
  readonly tenant: string;
  readonly steps: SavedSteps;
  readonly latency?: SavedLatency;
  readonly marks?: SavedMarks;
}

interface SavedShared {
  readonly atMs: number;
  readonly marks: readonly Mark[];
}

export interface ChartKeeperParts {
  readonly history: Pick<History, 'takeMoved' | 'saved' | 'restore'>;
  readonly window: Pick<JobWindow, 'saved' | 'restore'>;
  readonly marks: Pick<JobMarks, 'saved' | 'savedOf' | 'restore' | 'restoreOf'>;
  readonly store: Pick<Store, 'documents' | 'writeDocuments'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  /** Its name among several: each keeps what it saw itself. */
  readonly node: string | undefined;
}

export class ChartKeeper {
  readonly #parts: ChartKeeperParts;
  readonly #prefix: string;
  /** When each document was written, wall ms. */
  readonly #written = new Map<string, number>();
  /** Jobs that have moved and were not written since. */
  #left: readonly string[] = [];
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(parts: ChartKeeperParts) {
    this.#parts = parts;
    this.#prefix = `${parts.node ?? 'alone'} `;
  }

  /** Brings back what was kept. */
  static async open(parts: ChartKeeperParts): Promise<ChartKeeper> {
    const keeper = new ChartKeeper(parts);
    await keeper.#try(() => keeper.#restore());
    keeper.#arm();
    return keeper;
  }

  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#writing;
    await this.#try(() => this.#write());
  }

  #arm(): void {
    this.#timer = this.#parts.clock.after(WRITE_EVERY_MS, () => {
      this.#writing = this.#try(() => this.#write()).then(() => this.#arm());
    });
  }

  async #restore(): Promise<void> {
    const { store, clock } = this.#parts;
    for (let after = ''; ; ) {
      const page = await store.documents({ kind: KIND, after, limit: PAGE });
      // Of a node that does not come back nobody else removes them.
      const old = page.filter(({ updatedMs }) => clock.wallMs() - updatedMs >= KEPT_MS);
      const removed = old.map(({ id }): DocumentChange => ({ op: 'remove', kind: KIND, id }));
      if (removed.length > 0) await store.writeDocuments(removed, clock.wallMs());
      for (const { id, json } of page) {
        if (!id.startsWith(this.#prefix)) continue;
        const saved = JSON.parse(json) as SavedChart | SavedShared;
        this.#written.set(id, saved.atMs);
        if (clock.wallMs() - saved.atMs < KEPT_MS) this.#take(id, saved);
      }
      if (page.length < PAGE) return;
      after = page.at(-1)?.id ?? '';
    }
  }

  #take(id: string, saved: SavedChart | SavedShared): void {
    const { history, window, marks } = this.#parts;
    const jobId = id.slice(this.#prefix.length);
    if (!('steps' in saved)) {
      marks.restore(saved.marks);
      return;
    }
    history.restore(jobId, saved.tenant, saved.steps);
    if (saved.latency) window.restore(jobId, saved.latency);
    if (saved.marks) marks.restoreOf(jobId, saved.marks);
  }

  async #write(): Promise<void> {
    const { history, marks, store, clock } = this.#parts;
    const atMs = clock.wallMs();
    const moved = this.#movedJobs(history.takeMoved());
    this.#left = moved.slice(JOBS_MAX, JOBS_MAX + LEFT_MAX);
    const writes: DocumentChange[] = [];
    for (const jobId of moved.slice(0, JOBS_MAX)) {
      const saved = this.#saved(jobId, atMs);
      if (saved !== undefined) writes.push(this.#put(jobId, saved));
    }
    for (const [id, writtenMs] of this.#written) {
      if (atMs - writtenMs < KEPT_MS) continue;
      this.#written.delete(id);
      writes.push({ op: 'remove', kind: KIND, id });
    }
    if (writes.length === 0) return;
    writes.push(this.#put('', { atMs, marks: marks.saved() }));
    await store.writeDocuments(writes, atMs);
    for (const write of writes) if (write.op === 'put') this.#written.set(write.id, atMs);
  }

  /** First what still runs, of that what was written longest ago; last what was left before. */
  #movedJobs({ running, ended }: ReturnType<History['takeMoved']>): readonly string[] {
    const writtenMs = (jobId: string) => this.#written.get(this.#prefix + jobId) ?? 0;
    const first = running.toSorted((a, b) => writtenMs(a) - writtenMs(b));
    return [...new Set([...first, ...ended, ...this.#left])];
  }

  #saved(jobId: string, atMs: number): SavedChart | undefined {
    const { history, window, marks } = this.#parts;
    const saved = history.saved(jobId);
    if (saved === undefined) return undefined;
    const [latency, own] = [window.saved(jobId), marks.savedOf(jobId)];
    return { atMs, ...saved, ...(latency && { latency }), ...(own && { marks: own }) };
  }

  #put(jobId: string, saved: SavedChart | SavedShared): DocumentChange & { readonly op: 'put' } {
    const tenant = 'tenant' in saved ? saved.tenant : '';
    return {
      ...{ op: 'put', kind: KIND, id: this.#prefix + jobId, tenant },
      json: JSON.stringify(saved),
    };
  }

  /** For people who look: without it charts begin anew. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#parts.log.warn(`Charts are not kept: ${messageOf(error)}`);
    }
  }
}
