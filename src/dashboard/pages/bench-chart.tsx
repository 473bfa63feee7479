/** A figure from run to run with its budget: every point says on which machine it was measured. */
import { drawn, figureWords, type Run, runWords, type Series } from './bench-series.ts';

const WIDE = 180;
const HIGH = 56;
const SIDE = 8;

interface ChartProps {
  readonly series: Series;
  readonly runs: readonly Run[];
}

export function BenchChart({ series, runs }: ChartProps) {
  const { figures, budget } = series;
  const points = figures.flatMap((figure, i) =>
    figure === undefined ? [] : [{ figure, run: runs[i] as Run, i, value: drawn(series, figure) }],
  );
  // From nothing: a curve that starts elsewhere makes little look like much.
  const most = Math.max(...points.map(({ value }) => value), budget?.value ?? 0) * 1.15 || 1;
  const x = (i: number) => SIDE + (i / Math.max(1, runs.length - 1)) * (WIDE - 2 * SIDE);
  const y = (value: number) => HIGH - 4 - (Math.max(0, value) / most) * (HIGH - 8);
  const path = points
    .map(({ i, value }, n) => `${n === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`)
    .join('');
  const words = points.map(({ figure, run }) => `${runWords(run)}: ${figureWords(figure)}`);
  const line = budget === undefined ? '' : ` The budget is ${budgetWords(budget)}.`;
  return (
    <svg
      class="bench-chart"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      width={WIDE}
      height={HIGH}
      role="img"
      aria-label={`${words.join('; ')}.${line}`}
    >
      <path class="base" d={`M0 ${HIGH - 3.5}H${WIDE}`} />
      {budget === undefined ? null : <path class="budget" d={`M0 ${y(budget.value)}H${WIDE}`} />}
      <path class="line" d={path} />
      {points.map(({ figure, run, i, value }) => (
        <circle
          key={run.name}
          class={run.state === 'busy' ? 'point busy' : 'point'}
          cx={x(i)}
          cy={y(value)}
          r="4"
        >
          <title>{`${runWords(run)}: ${figureWords(figure)}`}</title>
        </circle>
      ))}
    </svg>
  );
}

function budgetWords({ of, side, value }: NonNullable<Series['budget']>): string {
  return `at ${side} ${value}${of === 'ratio' ? ' ×' : ''}`;
}
