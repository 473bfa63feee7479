/** What the data of each server-sent event looks like. State is absolute: the last one counts. */
import { z } from 'zod';
import type { Shown } from '../engine/shown-state.ts';
import type { Job } from '../model/job.ts';
import { JOB_STATES } from '../model/lifecycle.ts';
import { GroupWire } from './routes/failures.ts';
import { FailureWire, JobWire, jobWire, ProgressWire, WaitWire } from './wire.ts';

const jobId = z.string();
const atMs = z.int();

/** A job without its options, which never change: they are asked for once. */
export const JobLineWire = JobWire.omit({ options: true });

export function jobLine(job: Job, running: number, at: Shown): z.infer<typeof JobLineWire> {
  const { options: _, ...line } = jobWire(job, running, at);
  return line;
}

export const JobSnapshotWire = z.object({
  job: JobWire,
  progress: ProgressWire,
  waits: z.array(WaitWire),
  failures: z.array(GroupWire).meta({ description: 'The most frequent groups, at most ten.' }),
});

export const JobsSnapshotWire = z.object({
  jobs: z.array(z.object({ job: JobLineWire, progress: ProgressWire })),
  more: z.boolean().meta({ description: 'Whether more jobs run than are listed here.' }),
});

/** Deltas by name, in the order in which they are of interest. */
export const EVENT_WIRES = {
  'job.state': z
    .object({
      jobId,
      atMs,
      state: z.enum(JOB_STATES),
      job: JobLineWire,
      why: FailureWire.optional(),
    })
    .meta({ description: 'The state has changed. None is ever left out.' }),
  'job.planned': z
    .object({ jobId, atMs, tasks: z.int() })
    .meta({ description: 'Every row has become a task: the total is known.' }),
  'job.progress': ProgressWire.meta({
    description: 'How far it is. At most four a second a job; the last always comes.',
  }),
  'job.waits': z
    .object({
      jobId,
      atMs,
      shown: JobWire.shape.shown,
      still: z.string().optional(),
      waits: z.array(WaitWire),
    })
    .meta({ description: 'What it waits for, while somebody reads this very job.' }),
  'task.failed': z
    .object({
      jobId,
      atMs,
      seq: z.int(),
      attemptNo: z.int(),
      failure: FailureWire,
      final: z.boolean().meta({ description: 'False: it is tried again.' }),
      retryAtMs: z.int().optional(),
    })
    .meta({ description: 'An attempt has failed. At most ten a second a job.' }),
  'task.note': z
    .object({ jobId, atMs, seq: z.int(), note: z.string() })
    .meta({ description: 'What a collector says. At most five a second a job.' }),
  'task.omitted': z
    .object({ jobId, atMs, failed: z.int(), notes: z.int() })
    .meta({ description: 'How many of the last two were left out, since it was last said.' }),
} as const satisfies Record<string, z.ZodType>;
export type EventName = keyof typeof EVENT_WIRES;

export const ResetWire = z.object({
  reason: z.enum(['restarted', 'too_old', 'unreadable']),
});

/** All events of a route, by name: those that every stream has, and its own snapshot. */
export function eventsWith(snapshot: z.ZodType): Readonly<Record<string, z.ZodType>> {
  return {
    snapshot: snapshot.meta({ description: 'How it is now; all that follows comes after it.' }),
    reset: ResetWire.meta({ description: 'The past is gone; a snapshot follows.' }),
    ...EVENT_WIRES,
  };
}

/** For the description of a route. */
export function eventsInWords(events: Readonly<Record<string, z.ZodType>>): string {
  const lines = Object.entries(events).map(
    ([name, schema]) => `\`${name}\`: ${schema.meta()?.description}`,
  );
  return lines.join('\n\n');
}
