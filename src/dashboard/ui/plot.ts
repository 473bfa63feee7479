/** Lines over time, drawn by uPlot in the colours of the theme. */
import UPlot, { type AlignedData, type Options } from 'uplot';
import { duration, rate } from '../words.ts';

export interface Line {
  readonly label: string;
  /** Of the theme: its colour. */
  readonly token: string;
  readonly values: readonly (number | null)[];
  readonly dash?: number[];
}

/** A moment with its sign. */
export interface PlotMark {
  /** Seconds since 1970. */
  readonly atS: number;
  readonly sign: string;
}

export interface Drawn {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: 'rate' | 'ms';
  readonly marks: readonly PlotMark[];
}

export interface Plot {
  update(drawn: Drawn): void;
  destroy(): void;
}

const HEIGHT = 160;

export function draw(element: HTMLElement, drawn: Drawn): Plot {
  const colour = colours(element);
  const [text, grid] = [colour('--quiet'), colour('--line')];
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const said = drawn.unit === 'ms' ? duration : rate;
  let { marks } = drawn;
  const width = () => Math.max(200, element.clientWidth);
  const options: Options = {
    width: width(),
    height: HEIGHT,
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
    // The 24-hour clock in all places.
    axes: [
      { ...axis, values: (_plot, ticks) => ticks.map(timeOf) },
      { ...axis, size: 60, values: (_plot, ticks) => ticks.map((each) => said(each)) },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, marks, text)] },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
    series: [
      { label: 'Time', value: (_plot, raw) => (raw === null ? '—' : timeOf(raw)) },
      ...drawn.lines.map(({ label, token, dash }) => ({
        label,
        stroke: colour(token),
        width: 2,
        ...(dash === undefined ? {} : { dash }),
        // A line needs two: what stands alone is a point.
        points: { show: true, size: 5, fill: colour(token), filter: alone },
        value: (_plot: UPlot, raw: number | null) => (raw === null ? '—' : said(raw)),
      })),
    ],
  };
  const plot = new UPlot(options, dataOf(drawn), element);
  const observer = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
  observer.observe(element);
  return {
    update(newer) {
      marks = newer.marks;
      plot.setData(dataOf(newer));
    },
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function alone({ data }: UPlot, series: number): number[] | null {
  const values = data[series] ?? [];
  const found: number[] = [];
  values.forEach((value, i) => {
    if (value != null && values[i - 1] == null && values[i + 1] == null) found.push(i);
  });
  return found;
}

/** A line from top to bottom, its sign above; where many are near, the signs of some. */
function drawMarks(plot: UPlot, marks: readonly PlotMark[], colour: string): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.font = `bold ${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  let free = Number.NEGATIVE_INFINITY;
  for (const { atS, sign } of marks) {
    const x = Math.round(plot.valToPos(atS, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const signed = x >= free;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top + (signed ? 13 * ratio : 0));
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (!signed) continue;
    ctx.fillText(sign, x, bbox.top);
    free = x + 10 * ratio;
  }
  ctx.restore();
}

function dataOf({ times, lines }: Drawn): AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])] as AlignedData;
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1_000);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** Tokens may be `light-dark(…)`, which only an element's own style resolves. */
function colours(element: HTMLElement): (token: string) => string {
  return (token) => {
    const before = element.style.color;
    element.style.color = `var(${token})`;
    const found = getComputedStyle(element).color;
    element.style.color = before;
    return found;
  };
}
