/**
 * Step 3: holds a bounded part of one job's open tasks in memory, ready to be admitted.
 *
 * It walks the job's rows once, in order. A task whose lane has enough in memory is passed over and
 * fetched later by its lane, so a hundred thousand rows of one slow host cannot fill the
 * look-ahead. Tasks that wait for a time are in the store alone; they come back when they are due.
 *
 * Invariant: a task is handed out once. The walk only goes forward, a lane's refill stays behind
 * the walk and ahead of what the lane was given. A due task comes out of order: it is remembered
 * until its next step is durable, because until then the store shows it as pending.
 */
import type { Timer } from '../base/clock.ts';
import type { LaneKey } from '../model/lane.ts';
import type { Task } from '../model/task.ts';
import type { PlannedRow } from '../store/store.ts';
import { FreshTasks } from './fresh-tasks.ts';
import { LaneWindows } from './lane-window.ts';
import type { IntakeOptions, TaskIntake } from './task-intake.ts';

const SCAN_ROWS = 500;
/** Where nothing that is held may start though slots are free, up to so many times as much is, */
const STRETCH_MAX = 4;
/** and so many times as much with every look. */
const STRETCH = 1.25;
/** A task counts as one for every so many characters of its input, so that memory is bounded. */
const CHARS_OF_ONE = 8_192;
/**
 * Tasks without a lane wait for slots alone. This many, or twice as many as there are slots, keep
 * slots and journal busy; further rows would bring nothing that can start sooner, only a larger
 * heap for the collector of garbage.
 */
const LANELESS_MAX = 1_500;

export class Intake implements TaskIntake {
  readonly #options: IntakeOptions;
  readonly #windows: LaneWindows;
  readonly #fresh: FreshTasks;
  readonly #lanelessMax: number;
  readonly #outOfOrder = new Set<number>();
  #held = 0;
  /** So many times as much as usual may be held, while nothing of it may start. */
  #stretch = 1;
  /** Of those in memory, the ones without a lane. */
  #laneless = 0;
  #scannedTo = 0;
  #rowsKnown = 0;
  #nextDueMs: number | undefined;
  /** What waits from now on is told; what waited before has to be asked for, once. */
  #askedDue: boolean;
  #filling: Promise<void> | undefined;
  #again = false;
  #dueTimer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #stopped = false;

  /** @param slots - tasks that may run at once, of any job */
  constructor(options: IntakeOptions, slots: number) {
    this.#options = options;
    this.#lanelessMax = Math.max(LANELESS_MAX, 2 * slots);
    this.#askedDue = options.waiting === 0;
    this.#windows = new LaneWindows(options.slotsOf);
    this.#fresh = new FreshTasks(options.jobId, options.clock);
  }

  /** Tasks in memory: waiting for admission, running or parked. A large one counts as several. */
  get held(): number {
    return this.#held;
  }

  /** Wall time of the next waiting task, if one is known. */
  get nextDueMs(): number | undefined {
    return this.#nextDueMs;
  }

  /** Slots are free and nothing that is held may start: looks further for what may. */
  seek(): void {
    const atEnd = this.#scannedTo >= this.#rowsKnown;
    if (this.#filling || atEnd || this.#roomForScan()) return;
    while (this.#stretch < STRETCH_MAX && !this.#roomForScan()) {
      this.#stretch = Math.min(STRETCH_MAX, this.#stretch * STRETCH);
    }
    if (this.#roomForScan()) this.fill();
  }

  /** Tasks of a lane that wait in the store because enough of it is in memory, as far as known. */
  spilled(lane: LaneKey): number {
    return this.#windows.spilled(lane);
  }

  /** The store holds this many rows of the job now. */
  rowsKnown(rows: number): void {
    this.#rowsKnown = Math.max(this.#rowsKnown, rows);
    this.fill();
  }

  /** The store has taken these rows, none of them a duplicate. Resolves when more may come. */
  planned(firstSeq: number, rows: readonly PlannedRow[]): Promise<void> {
    this.#fresh.add(firstSeq, rows);
    this.rowsKnown(firstSeq + rows.length);
    return this.#fresh.room();
  }

  /** A task is to come back at a wall time. */
  dueAt(atMs: number): void {
    this.#nextDueMs = Math.min(this.#nextDueMs ?? atMs, atMs);
    this.#armDueTimer();
  }

  /** A task has left memory: its end, or its time to wait for, is durable. */
  release(task: Task): void {
    this.#held -= weightOf(task);
    this.#outOfOrder.delete(task.seq);
    if (task.lane === '') this.#laneless -= 1;
    else this.#windows.release(task.lane);
    const few = this.#held < this.#options.heldMax() && this.#laneless <= this.#lanelessMax;
    if (few) this.#stretch = 1;
    if (this.#windows.hungry || this.#roomForScan()) this.fill();
  }

  /** Reads what there is room for; one read at a time, again if asked in between. */
  fill(): void {
    if (this.#stopped) return;
    if (this.#filling) {
      this.#again = true;
      return;
    }
    this.#filling = this.#fillAll()
      .catch((error: unknown) => {
        this.#stopped = true;
        this.#options.onFailed(error);
      })
      .finally(() => {
        this.#filling = undefined;
        // Asked for between the last look and here.
        if (this.#again) this.fill();
      });
  }

  /** Hands out nothing more; resolves when the read in flight has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#fresh.close();
    this.#dueTimer?.timer.cancel();
    await this.#filling;
  }

  async #fillAll(): Promise<void> {
    do {
      this.#again = false;
      await this.#takeDue();
      await this.#refillLanes();
      await this.#scan();
    } while (this.#again && !this.#stopped);
  }

  async #takeDue(): Promise<void> {
    const { store, jobId, clock } = this.#options;
    if (!this.#askedDue) {
      this.#askedDue = true;
      const nextMs = await store.nextDueMs(jobId);
      if (nextMs !== undefined) this.#nextDueMs = Math.min(this.#nextDueMs ?? nextMs, nextMs);
    }
    while (!this.#stopped && this.#nextDueMs !== undefined && this.#nextDueMs <= clock.wallMs()) {
      // Due tasks may exceed the room: they were in memory before and waiting longer helps nobody.
      const limit = Math.max(SCAN_ROWS / 10, this.#options.heldMax() - this.#held);
      this.#nextDueMs = undefined;
      const tasks = await store.takeDue(jobId, clock.wallMs(), limit);
      for (const task of tasks) {
        this.#outOfOrder.add(task.seq);
        if (task.lane !== '') this.#windows.hold(task.lane, clock.monoMs());
      }
      await this.#handOut(tasks);
      const nextMs = await store.nextDueMs(jobId);
      if (nextMs !== undefined) this.dueAt(nextMs);
    }
    this.#armDueTimer();
  }

  async #refillLanes(): Promise<void> {
    const { store, jobId, clock } = this.#options;
    while (!this.#stopped) {
      const crowded = this.#held >= this.#options.heldMax();
      const want = this.#windows.nextHungry(clock.monoMs(), crowded);
      if (!want) return;
      const found = await store.pendingInLane(jobId, want.lane, want.fromSeq, want.limit);
      const behind = found.filter((task) => task.seq < this.#scannedTo);
      const last = behind.at(-1);
      const more = last !== undefined && behind.length === found.length;
      const tasks = behind.filter((task) => !this.#outOfOrder.has(task.seq));
      this.#windows.refilled(want.lane, tasks.length, more ? last.seq + 1 : undefined);
      await this.#handOut(tasks);
    }
  }

  async #scan(): Promise<void> {
    const { store, jobId, clock } = this.#options;
    while (!this.#stopped && this.#scannedTo < this.#rowsKnown && this.#roomForScan()) {
      const known = this.#rowsKnown;
      const fresh = this.#fresh.from(this.#scannedTo, SCAN_ROWS);
      const found = fresh?.tasks ?? (await store.pending(jobId, this.#scannedTo, SCAN_ROWS));
      const taken: Task[] = [];
      const nowMs = clock.monoMs();
      const heldMax = this.#options.heldMax();
      const room = heldMax * this.#stretch - this.#held;
      const lanelessMax = this.#lanelessMax * this.#stretch;
      let weight = 0;
      let laneless = 0;
      let scannedTo = this.#scannedTo;
      let passed = 0;
      for (const task of found) {
        if (weight >= room || this.#laneless + laneless >= lanelessMax) break;
        scannedTo = task.seq + 1;
        passed += 1;
        if (this.#outOfOrder.has(task.seq)) continue;
        if (task.lane === '') laneless += 1;
        else {
          const crowded = this.#held + weight >= heldMax;
          if (!this.#windows.admit(task.lane, task.seq, nowMs, crowded)) continue;
        }
        taken.push(task);
        weight += weightOf(task);
      }
      if (fresh && passed === found.length) scannedTo = fresh.toSeq;
      this.#scannedTo = found.length === 0 && !fresh ? Math.max(scannedTo, known) : scannedTo;
      this.#fresh.forgetBefore(this.#scannedTo);
      await this.#handOut(taken);
      if (this.#windows.hungry) await this.#refillLanes();
    }
  }

  #armDueTimer(): void {
    const atMs = this.#nextDueMs;
    if (this.#stopped || atMs === undefined) return;
    if (this.#dueTimer && this.#dueTimer.atMs <= atMs) return;
    this.#dueTimer?.timer.cancel();
    const { clock } = this.#options;
    const timer = clock.after(Math.max(1, atMs - clock.wallMs()), () => {
      this.#dueTimer = undefined;
      this.fill();
    });
    this.#dueTimer = { atMs, timer };
  }

  #roomForScan(): boolean {
    if (this.#scannedTo >= this.#rowsKnown) return false;
    const max = this.#options.heldMax() * this.#stretch;
    if (this.#laneless > this.#lanelessMax * this.#stretch - SCAN_ROWS) return false;
    return max - this.#held >= Math.min(SCAN_ROWS / 2, max / 4);
  }

  async #handOut(tasks: readonly Task[]): Promise<void> {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      this.#held += weightOf(task);
      if (task.lane === '') this.#laneless += 1;
    }
    await this.#options.onTasks(tasks);
  }
}

function weightOf(task: Task): number {
  return 1 + Math.floor(task.input.length / CHARS_OF_ONE);
}
