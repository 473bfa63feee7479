/** The report as one page that needs nothing else: no script, no request to anywhere. */
import { formatDuration } from '../../base/duration.ts';
import type { Job } from '../../model/job.ts';
import { type Bar, barChart, columnChart, escapeHtml, histogram, shown } from './charts.ts';
import type { FieldTally } from './field-tally.ts';
import type { ReportData } from './gather.ts';

const VALUES_SHOWN = 12;
const FAILURES_SHOWN = 12;
/** Fields whose values nearly all differ tell nothing as a chart. */
const REPEATED_MIN = 1.5;

const STYLE = `:root{color-scheme:light dark}
:root{--ink:#1b1f24;--paper:#fff;--soft:#57606a;--bar:#2f6fdb}
@media(prefers-color-scheme:dark){
:root{--ink:#e6e8eb;--paper:#14171b;--soft:#9aa4af;--bar:#6ea0ff}
}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
body{max-width:44rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2.5rem 0 0}
p{margin:.3rem 0;color:var(--soft)}
figure{margin:1.2rem 0}figcaption{font-weight:600;margin-bottom:.3rem}
svg{width:100%;height:auto}svg rect{fill:var(--bar)}svg text{fill:var(--ink);font-size:12px}
summary{color:var(--soft);font-size:.85rem;cursor:pointer}
td{padding:0 1rem 0 0;vertical-align:top;overflow-wrap:anywhere}`;

export type ReportJob = Pick<Job, 'id' | 'collector' | 'state' | 'createdMs'> & {
  readonly input: { readonly name: string };
};

export function reportPage(job: ReportJob, data: ReportData): string {
  const title = `${job.collector.split('/').at(-1)}: ${job.input.name}`;
  const facts = [
    `Job ${job.id}, ${job.state}`,
    `begun ${new Date(job.createdMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    `${shown(data.rows)} rows, ${shown(data.records)} records`,
  ];
  const fields = data.fields.flatMap(fieldChart);
  const parts = [
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(facts.join(' · '))}</p>`,
    barChart('Rows by how they ended', barsOf(data.states)),
    ...timeCharts(data),
    ...failureChart(data),
    ...(fields.length > 0 ? ['<h2>What the records hold</h2>', ...fields] : []),
  ];
  const policy = `default-src 'none'; style-src 'unsafe-inline'`;
  return (
    `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
    `<meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>` +
    `<style>${STYLE}</style></head><body>\n${parts.join('\n')}\n</body></html>\n`
  );
}

function barsOf(counts: ReadonlyMap<string, number>): Bar[] {
  return [...counts]
    .map(([label, value]) => ({ label, value }))
    .toSorted((a, b) => b.value - a.value);
}

function timeCharts({ durationsMs, endsMs }: ReportData): string[] {
  const charts: string[] = [];
  if (durationsMs.length > 0) {
    const sorted = Float64Array.from(durationsMs).sort();
    const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] as number;
    const words = [0.5, 0.95, 1].map((share) => formatDuration(Math.round(at(share))));
    const title = `Time a row took: half within ${words[0]}, 95 % within ${words[1]}, all within ${words[2]}`;
    charts.push(
      columnChart(
        title,
        histogram(durationsMs, (ms) => formatDuration(Math.round(ms))),
      ),
    );
  }
  if (endsMs.length > 1) {
    const first = endsMs.reduce((a, b) => Math.min(a, b));
    const label = (ms: number) => `+${formatDuration(Math.round(ms - first))}`;
    charts.push(columnChart('Rows that ended, over time', histogram(endsMs, label)));
  }
  return charts;
}

function failureChart({ failures }: ReportData): string[] {
  if (failures.length === 0) return [];
  const bars = failures
    .slice(0, FAILURES_SHOWN)
    .map(({ sample, count }) => ({ label: `${sample.code}: ${sample.message}`, value: count }));
  return [barChart('Failures by cause', bars)];
}

function fieldChart({ name, count, texts, numbers }: FieldTally): string[] {
  const title = `${name} (${shown(count)} records)`;
  if (numbers.length > 1) return [columnChart(title, histogram(numbers, shown))];
  if (!texts || texts.size === 0 || count < texts.size * REPEATED_MIN) return [];
  return [barChart(title, barsOf(texts).slice(0, VALUES_SHOWN))];
}
