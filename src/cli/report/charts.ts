/** Charts as SVG text. Whatever comes from records is escaped; nothing is loaded from anywhere. */

export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 640;
const ROW = 24;
const LABEL_WIDTH = 220;
const VALUE_WIDTH = 80;
const LABEL_CHARS = 32;
const HEIGHT = 160;
const FOOT = 22;

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** One bar a line. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const lines = bars.map(({ label, value }, at) => {
    const y = at * ROW;
    const long = label.length > LABEL_CHARS ? `${label.slice(0, LABEL_CHARS - 1)}…` : label;
    const size = Math.max(1, (value / most) * room).toFixed(1);
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${y + 16}" text-anchor="end">${escapeHtml(long)}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${y + 4}" width="${size}" height="${ROW - 8}" rx="2"/>` +
      `<text x="${LABEL_WIDTH + Number(size) + 6}" y="${y + 16}">${shown(value)}</text>`
    );
  });
  return figure(title, bars, svg(title, Math.max(ROW, bars.length * ROW), lines.join('')));
}

/** Side by side, in their order: a histogram, or what happened in time. */
export function columnChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(1, bars.length);
  const columns = bars.map(({ label, value }, at) => {
    const high = (value / most) * (HEIGHT - FOOT - 8);
    const [x, y] = [at * step + 1, HEIGHT - FOOT - high];
    const size = `width="${(step - 2).toFixed(1)}" height="${high.toFixed(1)}"`;
    const hint = `<title>${escapeHtml(label)}: ${shown(value)}</title>`;
    return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${size}>${hint}</rect>`;
  });
  const ends =
    `<text x="1" y="${HEIGHT - 6}">${escapeHtml(bars[0]?.label ?? '')}</text>` +
    `<text x="${WIDTH - 1}" y="${HEIGHT - 6}" text-anchor="end">${escapeHtml(bars.at(-1)?.label ?? '')}</text>`;
  return figure(title, bars, svg(title, HEIGHT, columns.join('') + ends));
}

const BINS = 20;

/** Numbers as a histogram with equal steps from the least to the largest. */
export function histogram(values: readonly number[], label: (value: number) => string): Bar[] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [];
  const least = finite.reduce((a, b) => Math.min(a, b));
  const span = finite.reduce((a, b) => Math.max(a, b)) - least;
  const bins = span === 0 ? 1 : BINS;
  const counts = new Array<number>(bins).fill(0);
  for (const value of finite) {
    const bin = span === 0 ? 0 : Math.min(bins - 1, Math.floor(((value - least) / span) * bins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return counts.map((value, at) => ({ value, label: label(least + (span * at) / bins) }));
}

export function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function svg(title: string, height: number, content: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${content}</svg>`;
}

/** With the same as a table, for who reads numbers. */
function figure(title: string, bars: readonly Bar[], chart: string): string {
  const rows = bars.map(
    ({ label, value }) => `<tr><td>${escapeHtml(label)}</td><td>${shown(value)}</td></tr>`,
  );
  return (
    `<figure><figcaption>${escapeHtml(title)}</figcaption>${chart}` +
    `<details><summary>as a table</summary><table>${rows.join('')}</table></details></figure>`
  );
}
