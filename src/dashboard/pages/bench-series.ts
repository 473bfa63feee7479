/** What recorded runs say of each figure, from run to run. Pure, so that it is tested alone. */
import { count, shown } from '../words.ts';

const TEXT_MAX = 400;

export interface Budget {
  readonly of: 'ratio' | 'sluice';
  readonly side: 'least' | 'most';
  readonly value: number;
}

export interface Must {
  readonly text: string;
  readonly holds: boolean;
  readonly budget?: Budget;
}

export interface Figure {
  readonly scenario: string;
  readonly what: string;
  readonly metric: string;
  readonly sluice: number;
  readonly peer: number;
  readonly peerName: string;
  readonly ratio: number;
  readonly must: readonly Must[];
}

export interface Run {
  readonly name: string;
  readonly release: string;
  readonly commit: string;
  readonly clean: boolean;
  readonly measured: string;
  readonly machine: string;
  readonly state: 'quiet' | 'busy';
  readonly load?: readonly [number, number];
  readonly rounds: number;
  readonly note?: string;
  readonly figures: readonly Figure[];
}

/** With every text of it bounded and with nothing invisible, wherever it is said. */
export function plain<T>(value: T): T {
  if (typeof value === 'string') return shown(value, TEXT_MAX) as T;
  if (Array.isArray(value)) return value.map(plain) as T;
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, plain(part)] as const);
  return Object.fromEntries(parts) as T;
}

/** One figure over all runs. */
export interface Series {
  readonly key: string;
  readonly metric: string;
  readonly peerName: string;
  /** By run; undefined where it was not measured. */
  readonly figures: readonly (Figure | undefined)[];
  readonly budget: Budget | undefined;
}

export interface ScenarioSeries {
  readonly name: string;
  readonly what: string;
  readonly series: readonly Series[];
}

function keyOf({ scenario, metric, peerName }: Figure): string {
  return JSON.stringify([scenario, metric, peerName]);
}

/** By scenario, in the order of their names; words and budgets are those of the newest run. */
export function scenariosOf(runs: readonly Run[]): readonly ScenarioSeries[] {
  const byScenario = new Map<string, Map<string, (Figure | undefined)[]>>();
  runs.forEach((run, i) => {
    for (const figure of run.figures) {
      const scenario = byScenario.get(figure.scenario) ?? new Map();
      byScenario.set(figure.scenario, scenario);
      const figures = scenario.get(keyOf(figure)) ?? runs.map(() => undefined);
      figures[i] = figure;
      scenario.set(keyOf(figure), figures);
    }
  });
  return [...byScenario]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, found]) => {
      const series = [...found].map(([key, figures]): Series => {
        const newest = figures.findLast((each) => each !== undefined) as Figure;
        const budget = newest.must.find((must) => must.budget !== undefined)?.budget;
        return { key, metric: newest.metric, peerName: newest.peerName, figures, budget };
      });
      const newest = series
        .flatMap(({ figures }) => figures)
        .findLast((each) => each !== undefined);
      return { name, what: newest?.what ?? '', series };
    });
}

/** What is drawn: that which the budget is of, else the ratio. */
export function drawn({ budget }: Series, figure: Figure): number {
  return figure[budget?.of ?? 'ratio'];
}

export function holds(figure: Figure): boolean {
  return figure.must.every((must) => must.holds);
}

/** `1,574 (3.19 × Crawlee)`. */
export function figureWords({ sluice, ratio, peerName }: Figure): string {
  return `${numberWords(sluice)} (${numberWords(ratio)} × ${peerName})`;
}

export function numberWords(value: number): string {
  return Math.abs(value) >= 1_000 ? count(Math.round(value)) : String(value);
}

/** `0.1.0 at 70df7b2, 2026-11-22, quiet: 2 × Xeon …`. */
export function runWords({ release, commit, clean, measured, state, machine }: Run): string {
  const at = clean ? commit : `${commit} and changes`;
  return `${release} at ${at}, ${measured.slice(0, 10)}, ${state}: ${machine}`;
}

/** How much more or less `b` is than `a`: `+12 %`. */
export function changeWords(a: number, b: number): string {
  if (a === 0) return b === 0 ? 'the same' : '—';
  const percent = ((b - a) / Math.abs(a)) * 100;
  if (Math.abs(percent) < 0.5) return 'the same';
  return `${percent > 0 ? '+' : '−'}${count(Math.round(Math.abs(percent)))} %`;
}
