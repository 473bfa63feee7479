/**
 * A run of benchmarks as a file, `bench/results/DATE-COMMIT.json`: what `--save` writes and the page
 * Benchmarks shows. The format is told in docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { machineName } from './report.ts';
import type { Figure, Requirement, Scenario } from './scenario.ts';

const ROOT = new URL('../../', import.meta.url);
const RESULTS = new URL('results/', new URL('../', import.meta.url));
/** Waiting or running processes a core, before the first scenario: above it others were at work. */
const QUIET_LOAD = 0.25;

/** Where the line is drawn that a figure must keep to. */
export interface Budget {
  readonly of: 'ratio' | 'sluice';
  readonly side: 'least' | 'most';
  readonly value: number;
}

export interface SavedFigure extends Figure {
  readonly what: string;
  readonly must: readonly {
    readonly text: string;
    readonly holds: boolean;
    readonly budget?: Budget;
  }[];
}

export interface SavedRun {
  readonly schema: 1;
  readonly release: string;
  readonly commit: string;
  /** Whether the sources were those of the commit. */
  readonly clean: boolean;
  readonly measured: string;
  readonly machine: string;
  readonly state: 'quiet' | 'busy';
  /** Load average of a minute, before and after. */
  readonly load: readonly [number, number];
  readonly rounds: number;
  readonly figures: readonly SavedFigure[];
}

export function savedFigures(scenario: Scenario, figures: readonly Figure[]): SavedFigure[] {
  return figures.map((figure) => ({
    ...figure,
    what: scenario.what,
    must: scenario.must
      .filter((must) => isOf(must, figure))
      .map((must) => {
        const budget = budgetOf(must, figure);
        return { text: must.text, holds: must.holds(figure), ...(budget && { budget }) };
      }),
  }));
}

function isOf({ metric, peerName }: Requirement, figure: Figure): boolean {
  return metric === figure.metric && (peerName === undefined || peerName === figure.peerName);
}

/** Of `≥ 8×` and `≤ 50 ms`; undefined where the words name no line, or the figure belies them. */
export function budgetOf({ text, holds }: Requirement, figure: Figure): Budget | undefined {
  const [, sign, number, unit = ''] = /^([≥≤<]) ([\d.]+)(×| \S+)?$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const budget = {
    of: unit === '×' ? 'ratio' : 'sluice',
    side: sign === '≥' ? 'least' : 'most',
    value: Number(number),
  } as const;
  const value = figure[budget.of];
  const keeps = budget.side === 'least' ? value >= budget.value : value <= budget.value;
  return keeps === holds(figure) ? budget : undefined;
}

/** The file is named by the day and the commit; a second run of both has a number behind it. */
export function saveRun(
  figures: readonly SavedFigure[],
  { rounds, load, measured }: Pick<SavedRun, 'rounds' | 'load' | 'measured'>,
): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const { version } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  const commit = git('rev-parse', '--short', 'HEAD');
  const run: SavedRun = {
    schema: 1,
    release: version,
    commit,
    clean: git('status', '--porcelain', '--untracked-files=no') === '',
    measured,
    machine: machineName(),
    state: load[0] / availableParallelism() <= QUIET_LOAD ? 'quiet' : 'busy',
    load,
    rounds,
    figures,
  };
  mkdirSync(RESULTS, { recursive: true });
  const text = `${JSON.stringify(run, undefined, 2)}\n`;
  for (let n = 1; ; n += 1) {
    const name = `${measured.slice(0, 10)}-${commit}${n === 1 ? '' : `-${n}`}.json`;
    const path = fileURLToPath(new URL(name, RESULTS));
    try {
      writeFileSync(path, text, { flag: 'wx' });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
