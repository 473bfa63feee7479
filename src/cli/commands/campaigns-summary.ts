/** The last words of a cycle: a line a campaign, why clients failed, and the sums. */
import { formatBytes, formatDuration } from '../../base/duration.ts';
import type { CampaignSummary } from '../../engine/campaign-summary.ts';
import { count } from '../../engine/job-words.ts';
import type { ShownJob } from '../job-reader.ts';
import { hintHere } from '../next-command.ts';
import type { Invocation } from '../program.ts';
import { table } from '../table.ts';

export interface CycleEnd {
  readonly job: Pick<ShownJob, 'id' | 'state' | 'counters'>;
  readonly campaigns: readonly CampaignSummary[];
  readonly durationMs: number;
}

const HEADER = ['CAMPAIGN', 'CLIENTS', 'ROWS', 'CALLS', 'READ', 'FAILED'];

export function printCampaigns({ io, flags }: Invocation, end: CycleEnd): void {
  const { job, campaigns, durationMs } = end;
  const { records, discarded } = job.counters;
  if (flags.json) {
    const facts = { jobId: job.id, state: job.state, campaigns, records, failed: discarded };
    const line = { type: 'campaigns-summary', ...facts, durationMs: Math.round(durationMs) };
    io.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  io.stdout.write(table(HEADER, campaigns.map(cellsOf)));
  for (const { campaign, causes, hints, overcome } of campaigns) {
    for (const cause of causes) io.stdout.write(`${campaign}: ${cause}\n`);
    for (const hint of hints) io.stdout.write(`  ${hintHere(hint, { ...flags })}\n`);
    for (const each of overcome) {
      const sentence = /[.!?]$/.test(each) ? each : `${each}.`;
      io.stdout.write(`${campaign}: ${sentence} It was tried again.\n`);
    }
  }
  const of = campaigns.length === 1 ? '1 campaign' : `${campaigns.length} campaigns`;
  const tasks = discarded === 1 ? 'task' : 'tasks';
  const failed = discarded === 0 ? '' : `, ${count(discarded)} ${tasks} failed`;
  const took = formatDuration(durationMs);
  io.stdout.write(`${of}, ${count(records)} calls new or changed${failed}, ${took}\n`);
}

function cellsOf({ campaign, clients, rows, records, bytes, failed }: CampaignSummary): string[] {
  return [
    campaign,
    String(clients),
    count(rows),
    records === undefined ? '—' : count(records),
    formatBytes(bytes),
    String(failed),
  ];
}
