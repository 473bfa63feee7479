/**
 * Rows a day of a tenant. A plan asks before it stores rows; what is beyond the day's share waits
 * for the next day (UTC), or until the share is raised. Taken rows are counted before they are
 * stored, so a crash between the two counts some twice and never lets any through uncounted. A job
 * that has nothing else to do meanwhile gives its turn to others, and asks for it anew.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { openTasks } from '../model/job.ts';
import { type Blockage, ROWS_PER_DAY } from '../model/lane.ts';
import type { Store } from '../store/store.ts';
import type { JobRuns } from './job-runs.ts';

const DAY_MS = 86_400_000;
/** Days that are kept, for looking at. */
const DAYS_KEPT = 31;
/** How often it is looked whether the last row of a job that waits has ended, ms. */
const LOOK_MS = 1_000;

export interface RowQuotaParts {
  readonly store: Pick<Store, 'document' | 'documents' | 'writeDocuments'>;
  readonly clock: Clock;
  /** Rows a day; 0 = no limit. */
  readonly rowsPerDay: (tenant: string) => number;
  /** The jobs that run here, and their turns. */
  readonly runs: () => Pick<JobRuns, 'get' | 'turns'>;
}

interface Usage {
  readonly day: string;
  rows: number;
}

export class RowQuota {
  readonly #parts: RowQuotaParts;
  readonly #usage = new Map<string, Promise<Usage>>();
  readonly #waiting = new Map<string, Blockage>();
  readonly #wakes = new Set<() => void>();

  constructor(parts: RowQuotaParts) {
    this.#parts = parts;
  }

  /** What a job's plan waits for, if it does. */
  blockageOf(jobId: string): Blockage | undefined {
    return this.#waiting.get(jobId);
  }

  /** A tenant's share may have changed: those that wait look again. */
  changed(): void {
    for (const wake of this.#wakes) wake();
  }

  /**
   * Takes up to `rows` of today's share: resolves with how many may be stored, one at least, and
   * waits where none is left. Rejects with the signal's reason.
   */
  async take(jobId: string, tenant: string, rows: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const limit = this.#parts.rowsPerDay(tenant);
      if (limit === 0) return rows;
      const usage = await this.#today(tenant);
      const granted = Math.min(rows, limit - usage.rows);
      if (granted > 0) {
        usage.rows += granted;
        await this.#keep(tenant, usage);
        return granted;
      }
      await this.#nextDay(jobId, tenant, signal);
      await this.#parts.runs().turns.regain(jobId, signal);
    }
  }

  /** Once its last row has ended. Returns how to be called off. */
  #lendTurn(jobId: string): () => void {
    const { clock, runs } = this.#parts;
    let timer: Timer | undefined;
    const look = () => {
      const counters = runs().get(jobId)?.counters;
      if (counters === undefined || openTasks(counters) === 0) runs().turns.lend(jobId);
      else timer = clock.after(LOOK_MS, look);
    };
    if (runs().turns.limited) look();
    return () => timer?.cancel();
  }

  async #today(tenant: string): Promise<Usage> {
    const day = dayOf(this.#parts.clock.wallMs());
    const known = await this.#usage.get(tenant);
    if (known?.day === day) return known;
    const read = this.#read(tenant, day);
    this.#usage.set(tenant, read);
    return read;
  }

  async #read(tenant: string, day: string): Promise<Usage> {
    const document = await this.#parts.store.document(ROWS_PER_DAY, `${tenant}:${day}`);
    return { day, rows: document === undefined ? 0 : (JSON.parse(document.json) as Usage).rows };
  }

  async #keep(tenant: string, usage: Usage): Promise<void> {
    const { store, clock } = this.#parts;
    const id = `${tenant}:${usage.day}`;
    const nowMs = clock.wallMs();
    const old = `${tenant}:${dayOf(nowMs - DAYS_KEPT * DAY_MS)}`;
    await store.writeDocuments(
      [
        { op: 'put', kind: ROWS_PER_DAY, id, tenant, json: JSON.stringify(usage) },
        { op: 'remove', kind: ROWS_PER_DAY, id: old },
      ],
      nowMs,
    );
  }

  async #nextDay(jobId: string, tenant: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const nowMs = clock.wallMs();
    const untilMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
    this.#waiting.set(jobId, {
      lane: `${ROWS_PER_DAY}:${tenant}`,
      reason: 'rest',
      wakeAtMs: clock.monoMs() + (untilMs - nowMs),
      waiting: 1,
      inUse: 0,
      slots: 0,
      perSecond: undefined,
    });
    let timer: Timer | undefined;
    let wake = () => {};
    const keepTurn = this.#lendTurn(jobId);
    try {
      await new Promise<void>((resolve) => {
        wake = resolve;
        this.#wakes.add(wake);
        timer = clock.after(untilMs - nowMs, wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    } finally {
      timer?.cancel();
      keepTurn();
      this.#wakes.delete(wake);
      signal.removeEventListener('abort', wake);
      this.#waiting.delete(jobId);
    }
  }
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}
