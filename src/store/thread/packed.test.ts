import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Failure } from '../../model/failure.ts';
import type { Task } from '../../model/task.ts';
import type { Commit, PlannedRow } from '../store.ts';
import {
  packCommits,
  packRows,
  packTasks,
  unpackCommits,
  unpackRows,
  unpackTasks,
} from './packed.ts';

const failure: Failure = { class: 'gone', code: 'http.404', message: 'gone' };

it('commits, rows and tasks cross as they are', () => {
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
  ];
  assert.deepEqual(unpackCommits(structuredClone(packCommits(batch))), batch);
  assert.deepEqual(unpackCommits(packCommits([])), []);

  const rows: PlannedRow[] = [
    { kind: 'task', input: '{}', lane: '' },
    { kind: 'refused', failure },
    { kind: 'task', input: '1', lane: 'host:a', key: '' },
  ];
  assert.deepEqual(unpackRows(structuredClone(packRows(rows))), rows);
  assert.deepEqual(unpackRows(packRows(rows.slice(0, 2))), rows.slice(0, 2));

  const task = { jobId: 'a', lane: 'host:a' as const, attemptNo: 1, recordCount: 2 };
  const texts: Task[] = [
    { ...task, seq: 2 ** 31, input: '{"n":1}', inputChars: 7, cursor: undefined },
    { ...task, seq: 1, input: '"x"', inputChars: 3, cursor: '{"p":2}', lane: '' },
    { ...task, seq: 3, input: '1', inputChars: 1, cursor: '2', throttled: { ms: 1.5, atMs: 9 } },
  ];
  assert.deepEqual(unpackTasks(structuredClone(packTasks(texts))), [
    { ...task, seq: 2 ** 31, input: { n: 1 }, inputChars: 7, cursor: undefined },
    { ...task, seq: 1, input: 'x', inputChars: 3, cursor: { p: 2 }, lane: '' },
    { ...task, seq: 3, input: 1, inputChars: 1, cursor: 2, throttled: { ms: 1.5, atMs: 9 } },
  ]);
});
