/** What `sluice doctor` says of the Postgres that nodes share. */
import { formatDuration } from '../../base/duration.ts';
import type { DatabaseExam } from '../workbench.ts';
import type { Finding } from './doctor.ts';

const POSTGRES_MIN = 13;
/** Ticks of schedules and times of rows are of the nodes' own clocks. */
const CLOCK_MS_MAX = 5_000;

export function judgeDatabase(exam: DatabaseExam): readonly Finding[] {
  return [judgeVersion(exam), judgeClock(exam), judgeListening(exam), judgeNodes(exam)];
}

function judgeVersion({ version, running }: DatabaseExam): Finding {
  const old = Number.parseInt(version, 10) < POSTGRES_MIN;
  const jobs = running === 1 ? 'one job is running' : `${running} jobs are running`;
  const detail = old
    ? `version ${version}; ${POSTGRES_MIN} or newer is needed`
    : `version ${version}; ${jobs}`;
  return { check: 'postgres', verdict: old ? 'error' : 'ok', detail };
}

function judgeClock({ clockMs, clockErrorMs }: DatabaseExam): Finding {
  const check = 'database clock';
  const off = Math.abs(clockMs);
  if (off <= clockErrorMs + CLOCK_MS_MAX) {
    return { check, verdict: 'ok', detail: `${formatDuration(Math.round(off))} from ours` };
  }
  const side = clockMs > 0 ? 'ahead of' : 'behind';
  const detail = `${formatDuration(Math.round(off))} ${side} ours; set both by NTP`;
  return { check, verdict: 'warning', detail };
}

function judgeListening({ listens }: DatabaseExam): Finding {
  const check = 'notifications';
  if (listens) return { check, verdict: 'ok', detail: 'LISTEN hears what NOTIFY tells' };
  const detail =
    'nothing is heard: nodes only look once a second. A pooler between must keep sessions.';
  return { check, verdict: 'warning', detail };
}

function judgeNodes({ nodes, leaderless }: DatabaseExam): Finding {
  const check = 'nodes';
  const silent = nodes.filter(({ leaseMs }) => leaseMs < 0);
  const alive = nodes.filter(({ leaseMs }) => leaseMs >= 0);
  const versions = new Set(alive.map(({ version }) => version));
  const served = alive.some(({ kind }) => kind === 'serve');
  const left = leaderless === 1 ? 'a running job' : `${leaderless} running jobs`;
  const names = alive.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const notes = [
    names === '' ? 'none at present' : names,
    ...(silent.length > 0 ? [`${silent.length} not heard of`] : []),
    ...(versions.size > 1 ? [`of versions ${[...versions].sort().join(', ')}`] : []),
    ...(leaderless > 0 && !served ? [`nobody sees to the end of ${left}`] : []),
  ];
  return { check, verdict: notes.length > 1 ? 'warning' : 'ok', detail: notes.join('; ') };
}
