/** What can be done with jobs; what is large or cannot be undone is asked first, with its size. */
import { ask, askRaw } from '../api.ts';
import { go } from '../router.ts';
import { note, question } from '../talk.ts';
import type { Group, Job } from '../wire.ts';
import { count, openRows, plural } from '../words.ts';

type Then = () => Promise<unknown>;

export async function steer(job: Job, action: 'pause' | 'resume', then: Then): Promise<void> {
  try {
    await ask(`/v1/jobs/${job.id}/${action}`, { method: 'POST' });
    note(action === 'pause' ? 'Paused: what is under way comes to its end.' : 'It goes on.');
    await then();
  } catch (error) {
    note(error instanceof Error ? error.message : String(error), true);
  }
}

export function askToCancel(jobs: readonly Job[], then: Then): void {
  const open = jobs.filter(({ state }) => state === 'running' || state === 'paused');
  if (open.length === 0) {
    note('There is nothing to cancel here.');
    return;
  }
  const rows = open.reduce((sum, { counters }) => sum + openRows(counters), 0);
  question.value = {
    title: open.length === 1 ? 'Cancel the job?' : `Cancel ${plural(open.length, 'job')}?`,
    text: `${plural(rows, 'open row')} will not be worked on. What was found stays.`,
    act: `Cancel ${plural(rows, 'row')}`,
    bad: true,
    async run() {
      for (const { id } of open) await ask(`/v1/jobs/${id}/cancel`, { method: 'POST' });
      note(`Cancelled: ${plural(open.length, 'job')}.`);
      await then();
    },
  };
}

export function askToRetry(jobs: readonly Job[], then: Then): void {
  const failed = jobs.filter(({ counters }) => counters.discarded > 0);
  if (failed.length === 0) {
    note('No row has failed here.');
    return;
  }
  const rows = failed.reduce((sum, { counters }) => sum + counters.discarded, 0);
  question.value = {
    title: `Try ${plural(rows, 'failed row')} again?`,
    text: 'Those that were refused before they were tried stay as they are.',
    act: rows === 1 ? 'Retry it' : `Retry up to ${count(rows)}`,
    async run() {
      let retried = 0;
      for (const { id } of failed) retried += await retry(id);
      note(`Tried again: ${plural(retried, 'row')}.`);
      await then();
    },
  };
}

export function askToRetryGroup(jobId: string, group: Group, then: Then): void {
  question.value = {
    title: `Try these ${count(group.retriable)} again?`,
    text: `Only rows of this group: ${group.sample.message.slice(0, 200)}`,
    act: `Retry these ${count(group.retriable)}`,
    async run() {
      const retried = await retry(jobId, group.name);
      note(
        retried === 0
          ? 'There is nothing to try: these rows were refused as they are.'
          : `Tried again: ${plural(retried, 'row')}.`,
      );
      await then();
    },
  };
}

export function askToDelete(job: Job): void {
  question.value = {
    title: 'Delete the job?',
    text: `${plural(job.counters.records, 'record')} of ${plural(job.counters.tasks, 'row')} go for good.`,
    act: `Delete ${plural(job.counters.records, 'record')}`,
    bad: true,
    async run() {
      await askRaw(`/v1/jobs/${job.id}`, { method: 'DELETE' });
      note('Deleted.');
      go('/jobs');
    },
  };
}

async function retry(jobId: string, only?: string): Promise<number> {
  const json = only === undefined ? {} : { only };
  const path = `/v1/jobs/${jobId}/retry`;
  return (await ask<{ readonly retried: number }>(path, { method: 'POST', json })).retried;
}
