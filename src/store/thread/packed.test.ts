import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Failure } from '../../model/failure.ts';
import type { Task } from '../../model/task.ts';
import type { PlannedRow } from '../store.ts';
import { packRows, packTasks, unpackRows, unpackTasks } from './packed.ts';

const failure: Failure = { class: 'gone', code: 'http.404', message: 'gone' };

it('rows and tasks cross as they are', () => {
  const rows: PlannedRow[] = [
    { kind: 'task', input: '{}', lane: '' },
    { kind: 'refused', failure },
    { kind: 'task', input: '1', lane: 'host:a', key: '' },
  ];
  assert.deepEqual(unpackRows(structuredClone(packRows(rows))), rows);
  assert.deepEqual(unpackRows(packRows(rows.slice(0, 2))), rows.slice(0, 2));

  const task = { jobId: 'a', lane: 'host:a' as const, attemptNo: 1, recordCount: 2 };
  const tasks: Task[] = [
    { ...task, seq: 2 ** 31, input: '{"n":1}', cursor: undefined },
    { ...task, seq: 1, input: '"x"', cursor: '{"p":2}', lane: '' },
    { ...task, seq: 3, input: '1', cursor: '2', throttled: { ms: 1.5, atMs: 9 } },
  ];
  assert.deepEqual(unpackTasks(structuredClone(packTasks(tasks))), tasks);
});
