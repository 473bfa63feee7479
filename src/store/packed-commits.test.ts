import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Failure } from '../model/failure.ts';
import { PackedCommitReader, type PackedCommits, packCommits } from './packed-commits.ts';
import type { Commit } from './store.ts';

const failure: Failure = { class: 'gone', code: 'http.404', message: 'gone' };

function unpacked(packed: PackedCommits): Commit[] {
  const reader = new PackedCommitReader(packed);
  const batch: Commit[] = [];
  while (reader.next()) {
    const commit = reader.commit();
    const records = commit.records.map((_, i) => reader.record(i));
    batch.push({ ...commit, records });
  }
  return batch;
}

it('commits come out of a batch as they were packed', () => {
  const commit = { attemptNo: 2, records: ['1', '"ä"'], recordsFrom: 3, nowMs: 1.5e12 };
  const batch: Commit[] = [
    { ...commit, jobId: 'a', seq: 0, end: { kind: 'completed', durationMs: 1.25 } },
    { ...commit, jobId: 'b', seq: 2 ** 31, records: [], cursor: '{"p":1}' },
    { ...commit, jobId: 'a', seq: 1, end: { kind: 'discarded', durationMs: 0, failure } },
    { ...commit, jobId: 'b', seq: 7, cursor: '1', end: { kind: 'waiting', atMs: 9, failure } },
    { ...commit, jobId: 'c', seq: 4, end: { kind: 'cancelled', durationMs: 0 } },
    {
      ...commit,
      jobId: 'c',
      seq: 5,
      end: { kind: 'completed', durationMs: 3, cache: { key: 'k', untilMs: 8 } },
    },
    {
      ...commit,
      jobId: 'a',
      seq: 6,
      end: { kind: 'completed', durationMs: 2 },
      keeps: [
        { collection: 'leads', key: 'k1', op: 'first', json: '{"n":1}', record: 0 },
        { collection: 'state', key: 'k1', op: 'put', json: '""' },
        { collection: 'leads', key: 'k2', op: 'remove' },
      ],
    },
    { ...commit, jobId: 'a', seq: 8, end: { kind: 'completed', durationMs: 2 } },
  ];
  assert.deepEqual(unpacked(structuredClone(packCommits(batch))), batch);
  assert.deepEqual(unpacked(packCommits([])), []);
});
