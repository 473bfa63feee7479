/** A job as it is now: asked for once, then kept up by its events. State is absolute. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import { ask } from '../api.ts';
import { type EventName, mayAsk, useLive } from '../live.ts';
import { useEvery } from '../ticking.ts';
import type { Group, Job, JobSnapshot, Progress, Wait } from '../wire.ts';

/** How often it is asked for what no event tells. */
const AGAIN_MS = 5_000;

export interface JobView {
  readonly snapshot: JobSnapshot | undefined;
  /** Why nothing of it runs. */
  readonly still: string | undefined;
  readonly error: unknown;
  reload(): Promise<void>;
}

interface Waits {
  readonly still?: string;
  readonly waits: readonly Wait[];
}

export function useJob(id: string): JobView {
  const snapshot = useSignal<JobSnapshot | undefined>(undefined);
  const still = useSignal<string | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const reload = useCallback(async () => {
    const path = `/v1/jobs/${encodeURIComponent(id)}`;
    try {
      const [job, progress, waits, failures] = await Promise.all([
        ask<Job>(path),
        ask<Progress>(`${path}/progress`),
        ask<Waits>(`${path}/waits`),
        ask<{ readonly groups: readonly Group[] }>(`${path}/failures?limit=10`),
      ]);
      snapshot.value = { job, progress, waits: waits.waits, failures: failures.groups };
      still.value = waits.still;
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
  }, [id, snapshot, still, error]);
  useEffect(() => {
    snapshot.value = undefined;
    void reload();
  }, [reload, snapshot]);
  const take = useCallback(
    (name: EventName, data: unknown) => {
      error.value = undefined;
      const before = snapshot.value;
      if (name === 'snapshot') {
        snapshot.value = data as JobSnapshot;
        still.value = stillOf(data as JobSnapshot, still.value);
      } else if (before !== undefined) snapshot.value = folded(before, name, data as Told);
      if (name === 'job.waits') still.value = (data as Told).still;
      const { state, progress } = snapshot.value?.job
        ? { state: snapshot.value.job.state, progress: snapshot.value.progress }
        : { state: undefined, progress: undefined };
      if (state !== 'running' || (progress?.running ?? 0) > 0) still.value = undefined;
    },
    [snapshot, still, error],
  );
  const isRunning = snapshot.value?.job.state === 'running';
  const askAgain = useCallback(async () => {
    const asked = await ask<Job>(`/v1/jobs/${encodeURIComponent(id)}`).catch(() => undefined);
    const now = snapshot.value;
    // What has ended meanwhile told its time with its end.
    if (!asked || now?.job.id !== id || now.job.state !== 'running') return;
    snapshot.value = { ...now, job: { ...now.job, activeMs: asked.activeMs } };
  }, [id, snapshot]);
  useEvery(AGAIN_MS, isRunning && mayAsk.value, askAgain);
  useLive(snapshot.value === undefined ? undefined : `/v1/jobs/${id}/events`, take);
  return {
    snapshot: snapshot.value,
    still: still.value,
    error: error.value,
    reload,
  };
}

/** A snapshot does not say why nothing runs; what did not run before does not run now. */
function stillOf(snapshot: JobSnapshot, before: string | undefined): string | undefined {
  return snapshot.progress.running > 0 ? undefined : before;
}

interface Told {
  readonly atMs: number;
  readonly shown?: Job['shown'];
  readonly still?: string;
  readonly waits?: readonly Wait[];
  readonly job?: Job;
  readonly state?: Job['state'];
}

function shownIn({ shown }: Told): Pick<Job, 'shown'> | undefined {
  return shown && { shown };
}

function folded(before: JobSnapshot, name: EventName, told: Told): JobSnapshot {
  const { job } = before;
  switch (name) {
    case 'job.state': {
      // Events leave out the options, which never change.
      const moved = { ...job, ...told.job };
      const { counters, planned, state, shown, running } = moved;
      const progress = { ...before.progress, counters, planned, state, shown, running };
      const { etaMs: _, perSecond: __, ...ended } = progress;
      return state === 'running'
        ? { ...before, job: moved, progress }
        : { ...before, job: moved, progress: ended, waits: [] };
    }
    case 'job.progress': {
      const progress = told as unknown as Progress;
      const { counters, planned, running, shown, atMs } = progress;
      const moved = { ...job, counters, planned, running, shown, updatedMs: atMs };
      return { ...before, progress, job: moved };
    }
    case 'job.planned':
      return { ...before, job: { ...job, planned: true } };
    case 'job.waits':
      return { ...before, job: { ...job, ...shownIn(told) }, waits: told.waits ?? [] };
    default:
      return before;
  }
}
