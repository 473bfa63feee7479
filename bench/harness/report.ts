/** What people read: each figure, what must hold of it, and whether it does. */
import { cpus, release, totalmem, type } from 'node:os';
import type { Figure, Requirement, Scenario } from './scenario.ts';

/** The machine that the figures belong to, in one line. */
export function machineName(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const system = `${type()} ${release()}`;
  return `${processors.length} × ${model}, ${memoryGb} GB, ${system}, Node ${process.version}`;
}

const COLUMNS = ['metric', 'Sluice', 'peer', '', 'ratio', 'must', ''] as const;

export interface Table {
  readonly text: string;
  /** Requirements that do not hold, or that no figure speaks of. */
  readonly short: number;
}

export function tableOf(scenario: Scenario, figures: readonly Figure[]): Table {
  let short = 0;
  const rows = figures.map((figure) => {
    const musts = scenario.must.filter((must) => speaksOf(must, figure));
    const broken = musts.filter((must) => !must.holds(figure));
    short += broken.length;
    const verdict = musts.length === 0 ? '' : broken.length === 0 ? 'ok' : 'SHORT';
    return [
      figure.metric,
      shown(figure.sluice),
      shown(figure.peer),
      figure.peerName,
      figure.ratio.toFixed(2),
      musts.map((must) => must.text).join(', '),
      verdict,
    ];
  });
  const silent = scenario.must.filter((must) => !figures.some((each) => speaksOf(must, each)));
  const lines = aligned([[...COLUMNS], ...rows]);
  const missing = silent.map((must) => `no figure for ${must.metric} ${must.text}`);
  return {
    text: [`${scenario.name}: ${scenario.what}`, ...lines, ...missing].join('\n'),
    short: short + silent.length,
  };
}

function speaksOf(must: Requirement, figure: Figure): boolean {
  return (
    must.metric === figure.metric &&
    (must.peerName === undefined || must.peerName === figure.peerName)
  );
}

function shown(value: number): string {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(value);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths =
    rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  );
}
