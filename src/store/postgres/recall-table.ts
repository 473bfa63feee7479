/**
 * What is remembered across jobs: answers to equal work, and what was learned of lanes. A kept
 * answer points at its task's records instead of copying them, so it goes when its job is deleted.
 */
import type { LaneKey } from '../../model/lane.ts';
import type { CachedResult } from '../store.ts';
import { LANE_MEMORY_MS_MAX } from '../store-rules.ts';
import { answersTo } from './result-reader.ts';
import { statement, type Tx } from './transaction.ts';
import { digest, fromName, jsonTexts, numbers, texts, toName } from './values.ts';

export interface Kept {
  readonly jobNo: number;
  readonly seq: number;
  readonly key: string;
  readonly untilMs: number;
  readonly nowMs: number;
}

/** With each answer that is kept, this many expired ones go at most: the cache stays bounded. */
const EXPIRED_DROPPED = 2;

const KEEP = statement(
  'recall.keep',
  `INSERT INTO cache (key, until_ms, stored_ms, job_no, seq)
   SELECT * FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::int[], $5::int[])
     AS b(key, until_ms, stored_ms, job_no, seq) ORDER BY b.key
   ON CONFLICT (key) DO UPDATE SET until_ms = excluded.until_ms,
     stored_ms = excluded.stored_ms, job_no = excluded.job_no, seq = excluded.seq`,
);
const DROP_EXPIRED = statement(
  'recall.drop_expired',
  `DELETE FROM cache WHERE ctid = ANY (ARRAY (
     SELECT ctid FROM cache WHERE until_ms <= $1 ORDER BY until_ms LIMIT $2
     FOR UPDATE SKIP LOCKED))`,
);
const CACHED = statement(
  'recall.cached',
  `SELECT c.key, c.stored_ms, c.job_no, c.seq FROM cache c
   CROSS JOIN LATERAL (SELECT 1 FROM jobs WHERE no = c.job_no LIMIT 1) j
   WHERE c.key = ANY ($1::uuid[]) AND c.until_ms > $2`,
);
const LANES = statement(
  'recall.lanes',
  'SELECT key, memory FROM lane_memory WHERE key = ANY ($1::text[])',
);
const REMEMBER = statement(
  'recall.remember',
  `INSERT INTO lane_memory (key, memory, at_ms)
   SELECT b.key, b.memory, $3 FROM unnest($1::text[], ${texts('$2')}) AS b(key, memory)
   ORDER BY b.key
   ON CONFLICT (key) DO UPDATE SET memory = excluded.memory, at_ms = excluded.at_ms`,
);
const FORGET = statement(
  'recall.forget',
  `DELETE FROM lane_memory WHERE ctid = ANY (ARRAY (
     SELECT ctid FROM lane_memory WHERE at_ms < $1 FOR UPDATE SKIP LOCKED))`,
);

/** Keeps answers; the last of one key stays. */
export async function keepAnswers(tx: Tx, answers: readonly Kept[]): Promise<void> {
  if (answers.length === 0) return;
  const byKey = new Map(answers.map((answer) => [digest(answer.key), answer]));
  const kept = [...byKey.values()];
  const nowMs = Math.max(...kept.map((answer) => answer.nowMs));
  await Promise.all([
    tx.run(DROP_EXPIRED, nowMs, EXPIRED_DROPPED * kept.length),
    tx.run(
      KEEP,
      `{${[...byKey.keys()]}}`,
      numbers(kept.map(({ untilMs }) => untilMs)),
      numbers(kept.map((answer) => answer.nowMs)),
      numbers(kept.map(({ jobNo }) => jobNo)),
      numbers(kept.map(({ seq }) => seq)),
    ),
  ]);
}

export async function cachedAnswers(
  tx: Tx,
  keys: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, CachedResult>> {
  type Row = { key: string; stored_ms: number; job_no: number; seq: number };
  const digests = keys.map(digest);
  const rows = await tx.rows<Row>(CACHED, `{${digests}}`, nowMs);
  const byDigest = new Map(rows.map((row) => [row.key, row]));
  const found = new Map<string, CachedResult>();
  for (const [i, key] of keys.entries()) {
    const row = byDigest.get(digests[i] as string);
    if (row === undefined) continue;
    const answer = (await answersTo(tx, row.job_no, [row.seq])).get(row.seq);
    found.set(key, { records: answer?.records ?? [], storedMs: row.stored_ms });
  }
  return found;
}

export async function laneMemory(
  tx: Pick<Tx, 'rows'>,
  keys: readonly LaneKey[],
): Promise<ReadonlyMap<LaneKey, unknown>> {
  type Row = { readonly key: string; readonly memory: string };
  const rows = await tx.rows<Row>(LANES, keys.map(toName));
  const memory = new Map(rows.map((row) => [fromName(row.key), row.memory]));
  const found = new Map<LaneKey, unknown>();
  for (const key of keys) {
    const json = memory.get(key);
    if (json !== undefined) found.set(key, JSON.parse(json));
  }
  return found;
}

export async function rememberLanes(
  tx: Tx,
  entries: readonly (readonly [LaneKey, unknown])[],
  nowMs: number,
): Promise<void> {
  const last = new Map(entries);
  const memories = [...last.values()].map((memory) => JSON.stringify(memory));
  await Promise.all([
    tx.run(FORGET, nowMs - LANE_MEMORY_MS_MAX),
    last.size > 0 && tx.run(REMEMBER, [...last.keys()].map(toName), jsonTexts(memories), nowMs),
  ]);
}
