import type { MachineReadings } from '../base/machine.ts';

/**
 * The program bounds itself: a vote of small signals (event loop, memory, open files), each of
 * which alone can lower how much may run at once.
 *
 * Every signal has a soft and a hard mark. From soft to hard the factor falls from 1 to its least;
 * at hard the verdict is no longer `ok`, and becomes so again only half-way back. The factor falls
 * at once and rises slowly. It never reaches 0: what runs must end for the pressure to go, and a
 * program that stops itself for good would be a worse neighbour to its own work.
 */
export type LoadSignal = 'event loop' | 'memory' | 'open files';

export type LoadVerdict =
  | { readonly ok: true; readonly factor: number }
  | {
      readonly ok: false;
      readonly factor: number;
      readonly reason: LoadSignal;
      /** What was read, and the mark that it passed: ms for the loop, shares for the others. */
      readonly reading: number;
      readonly mark: number;
    };

interface Marks {
  readonly soft: number;
  readonly hard: number;
}

export interface LoadMarks {
  /** Delay of the event loop, ms. */
  readonly loopDelayMs: Marks;
  /** Share of the memory that the container or the machine has. */
  readonly memoryShare: Marks;
  /** Share of the open files that are allowed. */
  readonly openFilesShare: Marks;
}

export const LOAD_MARKS: LoadMarks = {
  loopDelayMs: { soft: 100, hard: 500 },
  memoryShare: { soft: 0.85, hard: 0.95 },
  openFilesShare: { soft: 0.7, hard: 0.9 },
};

export const LOAD_FACTOR_MIN = 0.1;
/** Rise of the factor a second. */
const RISE_PER_SECOND = 0.1;
/** The pressure, 1 at the hard mark, below which a verdict becomes `ok` again. */
const RELEASE = 0.5;
/** One long pause of the garbage collector is no overload: readings of the loop are smoothed. */
const LOOP_SMOOTHING = 0.5;

interface Vote {
  readonly signal: LoadSignal;
  readonly reading: number;
  readonly mark: number;
  /** 0 at the soft mark, 1 at the hard one. */
  readonly pressure: number;
}

export class LoadGuard {
  readonly #marks: LoadMarks;
  #verdict: LoadVerdict = { ok: true, factor: 1 };
  #judgedMs: number | undefined;
  #loopDelayMs = 0;

  constructor(marks: LoadMarks = LOAD_MARKS) {
    this.#marks = marks;
  }

  /** The last verdict. */
  get verdict(): LoadVerdict {
    return this.#verdict;
  }

  /** Judges new readings; missing ones do not vote. */
  judge(readings: MachineReadings, nowMs: number): LoadVerdict {
    const worst = this.#votes(readings).reduce((a, b) => (b.pressure > a.pressure ? b : a));
    const target = 1 - Math.min(1, Math.max(0, worst.pressure)) * (1 - LOAD_FACTOR_MIN);
    const elapsedMs = Math.max(0, nowMs - (this.#judgedMs ?? nowMs));
    this.#judgedMs = nowMs;
    const risen = this.#verdict.factor + (RISE_PER_SECOND * elapsedMs) / 1_000;
    const factor = Math.max(LOAD_FACTOR_MIN, Math.min(target, risen));
    const held = this.#verdict.ok ? 1 : RELEASE;
    this.#verdict =
      worst.pressure >= held
        ? { ok: false, factor, reason: worst.signal, reading: worst.reading, mark: worst.mark }
        : { ok: true, factor };
    return this.#verdict;
  }

  #votes(readings: MachineReadings): readonly [Vote, Vote, Vote] {
    const { loopDelayMs = 0 } = readings;
    this.#loopDelayMs += LOOP_SMOOTHING * (loopDelayMs - this.#loopDelayMs);
    const memory = share(readings.memoryBytes, readings.memoryBytesMax);
    const openFiles = share(readings.openFiles, readings.openFilesMax);
    return [
      vote('event loop', this.#loopDelayMs, this.#marks.loopDelayMs),
      vote('memory', memory, this.#marks.memoryShare),
      vote('open files', openFiles, this.#marks.openFilesShare),
    ];
  }
}

function vote(signal: LoadSignal, reading: number, { soft, hard }: Marks): Vote {
  return { signal, reading, mark: hard, pressure: (reading - soft) / (hard - soft) };
}

function share(used: number | undefined, max: number | undefined): number {
  return used === undefined || !max ? 0 : used / max;
}
