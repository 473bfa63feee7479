/**
 * Rows that were just stored, on their short way from the planner to the intake, which then need
 * not be read back. A shortcut and nothing more: what is not here is in the store, and what is here
 * is there as well. Bounded: two chunks, and a chunk that does not fit is left to the store.
 *
 * While the intake keeps up, the planner waits for it, so that it stays ahead by two chunks and no
 * more. A job whose tasks are slow would keep it waiting for ever: when it has waited in vain for
 * half a second in all it goes ahead, because people want to know how many rows there are.
 */
import type { Clock } from '../base/clock.ts';
import type { Task } from '../model/task.ts';
import type { PlannedRow } from '../store/store.ts';

const CHUNKS_MAX = 2;
const WAIT_MS = 100;
const PATIENCE_MS = 500;

interface Chunk {
  readonly firstSeq: number;
  readonly rows: readonly PlannedRow[];
}

export class FreshTasks {
  readonly #jobId: string;
  readonly #clock: Clock;
  #chunks: readonly Chunk[] = [];
  #patienceMs = PATIENCE_MS;
  #onRoom: (() => void) | undefined;

  constructor(jobId: string, clock: Clock) {
    this.#jobId = jobId;
    this.#clock = clock;
  }

  /** Rows that were stored, each of them a task of its own or refused. */
  add(firstSeq: number, rows: readonly PlannedRow[]): void {
    if (this.#chunks.length < CHUNKS_MAX) this.#chunks = [...this.#chunks, { firstSeq, rows }];
  }

  /**
   * The tasks of the rows from `fromSeq` on, of `limit` rows at most, and the row after the last
   * of those; undefined where the store has to be asked.
   */
  from(
    fromSeq: number,
    limit: number,
  ): { readonly tasks: readonly Task[]; readonly toSeq: number } | undefined {
    const chunk = this.#chunks.find((each) => fromSeq < each.firstSeq + each.rows.length);
    if (chunk === undefined || fromSeq < chunk.firstSeq) return undefined;
    const tasks: Task[] = [];
    const toSeq = Math.min(fromSeq + limit, chunk.firstSeq + chunk.rows.length);
    for (let seq = fromSeq; seq < toSeq; seq += 1) {
      const row = chunk.rows[seq - chunk.firstSeq] as PlannedRow;
      if (row.kind === 'task') tasks.push(taskOf(this.#jobId, seq, row));
    }
    return { tasks, toSeq };
  }

  /** Rows before `seq` are not asked for again. */
  forgetBefore(seq: number): void {
    const [first] = this.#chunks;
    if (first === undefined || seq < first.firstSeq + first.rows.length) return;
    this.#chunks = this.#chunks.filter((chunk) => seq < chunk.firstSeq + chunk.rows.length);
    this.#patienceMs = PATIENCE_MS;
    this.#onRoom?.();
  }

  /** Resolves when there is room for a chunk, or when it is not worth waiting for. */
  async room(): Promise<void> {
    if (this.#chunks.length < CHUNKS_MAX || this.#patienceMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(WAIT_MS, () => {
        this.#patienceMs -= WAIT_MS;
        resolve();
      });
      this.#onRoom = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#onRoom = undefined;
  }

  /** Nothing is asked for any more. */
  close(): void {
    this.#chunks = [];
    this.#patienceMs = 0;
    this.#onRoom?.();
  }
}

function taskOf(jobId: string, seq: number, row: PlannedRow & { kind: 'task' }): Task {
  const { input, lane } = row;
  return { jobId, seq, input, lane, attemptNo: 0, cursor: undefined, recordCount: 0 };
}
