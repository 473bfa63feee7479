import type { DownloadPlan } from './download-flags.ts';
import type { ShownJob } from './job-reader.ts';
import { downloadCommand, hintHere, jobCommand, resumeCommand } from './next-command.ts';

type Flags = Readonly<Record<string, unknown>>;

/** What the user will want to type next; '' where the results went to standard output. */
export function nextStep(job: ShownJob, download: DownloadPlan | undefined, flags: Flags): string {
  if (job.state === 'failed') {
    const { message = 'the job failed', hint = '', code = '' } = job.failure ?? {};
    return `error: ${message}\n  ${hintHere(hint, flags)}\n  [${code}]`;
  }
  if (download?.path !== undefined) return `Results: ${download.path}`;
  if (download) return '';
  return `Results: ${downloadCommand(job.id, flags)}`;
}

/** Of a job that was stopped before its end: first what helps against the reason for it. */
export function resumeStep({ id, failure }: ShownJob, flags: Flags): string {
  return [
    ...(failure?.hint === undefined ? [] : [`  ${hintHere(failure.hint, flags)}`]),
    `Resume: ${resumeCommand(id, flags)}`,
    `Results so far: ${downloadCommand(id, flags)}`,
  ].join('\n');
}

/** Of a job that goes on without being followed. */
export function watchStep(jobId: string, flags: Flags): string {
  return [
    `The job goes on. Watch it: ${jobCommand('watch', jobId, flags)}`,
    `Results so far: ${downloadCommand(jobId, flags)}`,
  ].join('\n');
}
