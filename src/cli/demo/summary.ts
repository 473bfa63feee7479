/**
 * The demo's last words: what was found, what failed and why, how long it took beside one by one.
 */
import { formatDuration } from '../../base/duration.ts';
import { count } from '../../engine/job-words.ts';
import type { Findings } from './findings.ts';

export interface DemoFigures {
  readonly findings: Findings;
  /** The whole list, ms. */
  readonly durationMs: number;
  readonly sampleEvery: number;
  readonly sampleRows: number;
  /** The sample one row at a time, ms. */
  readonly sampleMs: number;
  readonly output: string;
}

const LABEL_WIDTH = 14;
const CAUSES_A_LINE = 2;
const CAUSE_WIDTH = 31;
const SURPRISES_SHOWN = 10;

export function demoSummary(figures: DemoFigures): string {
  const { findings, durationMs, sampleEvery, sampleRows, sampleMs, output } = figures;
  const { rows, completed, failed, duplicates, surprises } = findings;
  const singleMs = (sampleMs / sampleRows) * rows;
  const found = Object.entries(findings.found).sort((a, b) => b[1] - a[1]);
  const lines = [
    line('Rows', `${count(rows)}, of them ${count(duplicates)} repetitions, answered once`),
    line(
      'Collected',
      `${count(completed)}: ${found.map(([kind, n]) => `${kind} ${n}`).join(', ')}`,
    ),
    line('Failed', `${count(failed)}, by cause:`),
    ...causeLines(findings.causes),
    line('Took', formatDuration(durationMs)),
    line(
      'One by one',
      `about ${formatDuration(singleMs)}: ${count(sampleRows)} rows, every ${sampleEvery}th of the list,`,
    ),
    line('', `took ${formatDuration(sampleMs)} with one request at a time; scaled up by rows`),
    line(
      'Speed-up',
      `${(singleMs / durationMs).toFixed(singleMs / durationMs < 10 ? 1 : 0)} times`,
    ),
    line('As expected', asExpected(rows, surprises.length)),
    ...surprises.slice(0, SURPRISES_SHOWN).map((surprise) => line('', surprise)),
    line('Results', output),
  ];
  return `${lines.join('\n')}\n`;
}

function asExpected(rows: number, surprises: number): string {
  const good = `${count(rows - surprises)} of ${count(rows)} rows ended as the sandbox means them to`;
  return surprises === 0 ? good : `${good}; these did not:`;
}

function causeLines(causes: readonly (readonly [string, number])[]): string[] {
  const cells = causes.map(([code, n]) => `${String(n).padStart(3)} ${code}`.padEnd(CAUSE_WIDTH));
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += CAUSES_A_LINE) {
    lines.push(
      line(
        '',
        cells
          .slice(i, i + CAUSES_A_LINE)
          .join('')
          .trimEnd(),
      ),
    );
  }
  return lines;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`.trimEnd();
}
