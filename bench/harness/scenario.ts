/**
 * What a scenario is: a file in `scenarios/` that exports a `scenario`. It brings its own contenders
 * and says what must hold; the harness starts processes, repeats, and reports.
 */
import type { ChildOptions, ChildRun } from './child.ts';
import type { Farm } from './farm.ts';

/** One measured comparison. `ratio` is `sluice / peer`; a bound or an ideal counts as a peer. */
export interface Figure {
  readonly scenario: string;
  /** What is compared, with its unit: `pages/s`, `peak memory MB`. */
  readonly metric: string;
  readonly sluice: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
}

/** What must hold of the figures of one metric. */
export interface Requirement {
  readonly metric: string;
  /** Only figures beside this peer; undefined = beside any. */
  readonly peerName?: string;
  /** As people read it: `≥ 8×`. */
  readonly text: string;
  readonly holds: (figure: Figure) => boolean;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly what: string;
  readonly must: readonly Requirement[];
  /** Resolves with medians; rejects where a contender did not do all of its work. */
  readonly run: (ctx: BenchContext) => Promise<readonly Figure[]>;
}

export interface BenchContext {
  /** Rounds that a median is taken of. */
  readonly rounds: number;
  /** A smaller load, to see whether it works; its figures say little. */
  readonly quick: boolean;
  /** A directory of this scenario, removed afterwards. */
  readonly directory: string;
  /** A line for people, on standard error. */
  note(text: string): void;
  /** Runs a program of its own process, under `node`, to its end. */
  child<T>(options: ChildOptions): Promise<ChildRun<T>>;
  /** Starts a stand-in server in a process of its own; it ends with the scenario. */
  farm(kind: string, flags?: readonly string[]): Promise<Farm>;
  /**
   * Runs each contender once a round, in alternating order, so that a machine that slows down slows
   * them all; one round is not more than what all of them take.
   */
  repeat<Done extends object>(contenders: Contenders<Done>): Promise<Rounds<Done>>;
}

/** By name: what runs a round of it. */
export type Contenders<Done> = {
  readonly [Name in keyof Done]: (round: number) => Promise<Done[Name]>;
};
/** By name: what each round brought. */
export type Rounds<Done> = { readonly [Name in keyof Done]: readonly Done[Name][] };
