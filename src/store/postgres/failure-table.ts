/**
 * Groups of equal failures, exact: each counts the discarded tasks of one job that share a
 * fingerprint and were written under one number, so that nodes do not wait for each other. Refused
 * rows have groups of their own because nothing can be tried anew there. What is told of a
 * fingerprint is the sum of its groups.
 */
import { type Failure, fingerprint, isMeantBy } from '../../model/failure.ts';
import type { FailureGroup } from '../store.ts';
import { FAILURE_GROUPS_MAX } from '../store-rules.ts';
import { statement, type Tx } from './transaction.ts';
import { digest, fromName, jsonTexts, numbers, texts, toName } from './values.ts';

/** `ends.state`; kept apart from the names so that a row stays small. */
export const END = { completed: 1, discarded: 2, cancelled: 3, refused: 4 } as const;

export interface Failed {
  readonly jobNo: number;
  readonly seq: number;
  readonly failure: Failure;
  readonly refused: boolean;
  readonly nowMs: number;
}

interface Group {
  readonly jobNo: number;
  readonly print: string;
  readonly hash: string;
  readonly refused: boolean;
  sample: Failure;
  sampleSeq: number;
  count: number;
  firstMs: number;
  lastMs: number;
}

interface GroupRow {
  readonly fingerprint: string;
  readonly sample: string;
  readonly sample_seq: number;
  readonly count: number;
  readonly refused: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

/** A group that had become empty begins anew. */
const NEWER = 'failure_groups.count = 0 OR excluded.last_ms >= failure_groups.last_ms';
const ADD = statement(
  'failures.add',
  `INSERT INTO failure_groups (job_no, holder, print_hash, refused, fingerprint, sample,
     sample_seq, count, first_ms, last_ms)
   SELECT b.job_no, $1, b.hash, b.refused, b.print, b.sample, b.seq, b.count, b.first_ms, b.last_ms
   FROM unnest($2::int[], $3::uuid[], $4::bool[], $5::text[], ${texts('$6')}, $7::int[],
     $8::int[], $9::float8[], $10::float8[])
     AS b(job_no, hash, refused, print, sample, seq, count, first_ms, last_ms)
   ORDER BY b.job_no, b.hash, b.refused
   ON CONFLICT (job_no, holder, print_hash, refused) DO UPDATE SET
     count = failure_groups.count + excluded.count,
     sample = CASE WHEN ${NEWER} THEN excluded.sample ELSE failure_groups.sample END,
     sample_seq = CASE WHEN ${NEWER} THEN excluded.sample_seq ELSE failure_groups.sample_seq END,
     first_ms = CASE WHEN failure_groups.count = 0 THEN excluded.first_ms
       ELSE least(failure_groups.first_ms, excluded.first_ms) END,
     last_ms = CASE WHEN failure_groups.count = 0 THEN excluded.last_ms
       ELSE greatest(failure_groups.last_ms, excluded.last_ms) END
   RETURNING no, job_no, print_hash, refused`,
);
const LIST = statement(
  'failures.list',
  `SELECT fingerprint, sample, sample_seq, total::bigint AS count, shut::bigint AS refused,
     first AS first_ms, last_ms
   FROM (
     SELECT g.*, sum(g.count) OVER same AS total, min(g.first_ms) OVER same AS first,
       coalesce(sum(g.count) FILTER (WHERE g.refused) OVER same, 0) AS shut,
       row_number() OVER (PARTITION BY g.print_hash ORDER BY g.last_ms DESC, g.refused, g.no)
         AS place
     FROM failure_groups g WHERE g.job_no = $1 AND g.count > 0
     WINDOW same AS (PARTITION BY g.print_hash)
   ) groups WHERE place = 1 ORDER BY total DESC, fingerprint COLLATE "C" LIMIT $2`,
);
const RETRIABLE = statement(
  'failures.retriable',
  `SELECT no, fingerprint FROM failure_groups WHERE job_no = $1 AND NOT refused AND count > 0
   ORDER BY no`,
);
const SHRINK = statement(
  'failures.shrink',
  'UPDATE failure_groups SET count = count - $2 WHERE no = $1',
);
const NUMBERS = statement(
  'failures.numbers',
  'SELECT no FROM failure_groups WHERE job_no = $1 AND print_hash = $2 AND count > 0',
);

/** Counts failures, in their order; returns the number of the group of each. */
export async function addFailures(
  tx: Tx,
  holder: number,
  failed: readonly Failed[],
): Promise<readonly number[]> {
  if (failed.length === 0) return [];
  const groups = new Map<string, Group>();
  const keys = failed.map((one) => {
    const print = fingerprint(one.failure);
    const name = `${one.jobNo} ${one.refused} ${print}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, groupOf(one, print));
    else join(group, one);
    return name;
  });
  const all = [...groups.values()];
  type Row = { no: number; job_no: number; print_hash: string; refused: boolean };
  const rows = await tx.rows<Row>(
    ADD,
    holder,
    numbers(all.map(({ jobNo }) => jobNo)),
    all.map(({ hash }) => hash),
    all.map(({ refused }) => refused),
    all.map(({ print }) => toName(print)),
    jsonTexts(all.map(({ sample }) => JSON.stringify(sample))),
    numbers(all.map(({ sampleSeq }) => sampleSeq)),
    numbers(all.map(({ count }) => count)),
    numbers(all.map(({ firstMs }) => firstMs)),
    numbers(all.map(({ lastMs }) => lastMs)),
  );
  const nos = new Map(
    rows.map((row) => [`${row.job_no} ${row.refused} ${row.print_hash}`, row.no]),
  );
  return keys.map((name) => {
    const { jobNo, refused, hash } = groups.get(name) as Group;
    return nos.get(`${jobNo} ${refused} ${hash}`) as number;
  });
}

/** Most frequent first. */
export async function listFailures(tx: Tx, jobNo: number): Promise<readonly FailureGroup[]> {
  const rows = await tx.rows<GroupRow>(LIST, jobNo, FAILURE_GROUPS_MAX);
  return rows.map((row) => ({
    fingerprint: fromName(row.fingerprint),
    sample: JSON.parse(row.sample) as Failure,
    sampleSeq: row.sample_seq,
    count: row.count,
    refused: row.refused,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
  }));
}

/** Numbers of the groups whose tasks can be tried anew. */
export async function retriableGroups(
  tx: Tx,
  jobNo: number,
  only: string | undefined,
): Promise<readonly number[]> {
  const groups = await tx.rows<{ no: number; fingerprint: string }>(RETRIABLE, jobNo);
  return groups
    .filter((group) => only === undefined || isMeantBy(only, fromName(group.fingerprint)))
    .map(({ no }) => no);
}

/** Numbers of the groups that a fingerprint has. */
export async function groupNumbers(
  tx: Tx,
  jobNo: number,
  print: string,
): Promise<readonly number[]> {
  const rows = await tx.rows<{ no: number }>(NUMBERS, jobNo, digest(print));
  return rows.map(({ no }) => no);
}

export async function shrinkGroup(tx: Tx, no: number, by: number): Promise<void> {
  await tx.run(SHRINK, no, by);
}

function groupOf({ jobNo, seq, failure, refused, nowMs }: Failed, print: string): Group {
  return {
    jobNo,
    print,
    hash: digest(print),
    refused,
    sample: failure,
    sampleSeq: seq,
    count: 1,
    firstMs: nowMs,
    lastMs: nowMs,
  };
}

function join(group: Group, { seq, failure, nowMs }: Failed): void {
  group.count += 1;
  if (nowMs >= group.lastMs) {
    group.sample = failure;
    group.sampleSeq = seq;
  }
  group.firstMs = Math.min(group.firstMs, nowMs);
  group.lastMs = Math.max(group.lastMs, nowMs);
}
