/** The intake's queries walk indexes: neither sorting nor scanning, whatever is done already. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { migrate } from '../../src/store/sqlite/migrations.ts';
import { OPEN_ALIAS_SQL, OPEN_SQL } from '../../src/store/sqlite/open-rows.ts';
import { TASKS_SQL } from '../../src/store/sqlite/task-finder.ts';
import { taskId } from '../../src/store/sqlite/task-id.ts';
import { DUE_SQL, PENDING_IN_LANE_SQL, PENDING_SQL } from '../../src/store/sqlite/task-reader.ts';

const ROWS = 60_000;
const DONE = 50_000;

describe('the queries of the intake', () => {
  const db = new Database(':memory:');
  migrate(db);

  const plan = (sql: string, values: unknown[]) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[]).map(
      (row) => row.detail,
    );

  it('never sort and never scan', () => {
    const plans: [string, unknown[], RegExp][] = [
      [PENDING_SQL, [0, 1, 1], /SEARCH t USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/],
      [
        PENDING_IN_LANE_SQL,
        [0, 1, 'host:a', 0, 1],
        /SEARCH t USING INDEX task_lanes \(<expr>=\? AND lane=\? AND rowid>\?\)/,
      ],
      [DUE_SQL, [0, 0, 1], /SEARCH p USING INDEX progress_due \(<expr>=\? AND run_at/],
    ];
    for (const [sql, values, expected] of plans) {
      const details = plan(sql, values);
      assert.ok(
        details.some((detail) => expected.test(detail)),
        details.join('\n'),
      );
      const slow = details.filter((detail) => /SCAN (t|p|o)\b|TEMP B-TREE/.test(detail));
      assert.deepEqual(slow, []);
    }
  });

  it('find tasks by state in the order of the input, from an index where there is one', () => {
    const between = /SEARCH \w+ USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/;
    const state = /USING (COVERING )?INDEX outcome_states \(state=\? AND rowid>\? AND rowid<\?\)/;
    const plans: [string, RegExp][] = [
      [TASKS_SQL.all, between],
      [TASKS_SQL.completed, between],
      [TASKS_SQL.discarded, state],
      [TASKS_SQL.refused, state],
      [TASKS_SQL.cancelled, state],
      [TASKS_SQL.waiting, /INDEX progress_waiting \(<expr>=\? AND rowid>\? AND rowid<\?\)/],
      [TASKS_SQL.group, /INDEX outcome_failures \(failure_group=\? AND rowid>\? AND rowid<\?\)/],
      [OPEN_SQL, between],
      [OPEN_ALIAS_SQL, between],
    ];
    for (const [sql, expected] of plans) {
      const details = plan(sql, new Array(sql.split('?').length - 1).fill(1));
      assert.ok(
        details.some((detail) => expected.test(detail)),
        `${sql}\n${details.join('\n')}`,
      );
      assert.deepEqual(
        details.filter((detail) => /SCAN|TEMP B-TREE/.test(detail)),
        [],
      );
    }
  });

  it('cost the same wherever the work stands', () => {
    const insert = db.prepare('INSERT INTO tasks (id, input, lane) VALUES (?, ?, ?)');
    const end = db.prepare(
      'INSERT INTO outcomes (id, state, attempt_no, finished_ms) VALUES (?, 1, 1, 0)',
    );
    db.transaction(() => {
      for (let seq = 0; seq < ROWS; seq += 1) {
        insert.run(taskId(1, seq), '1', `host:h${seq % 50}`);
        if (seq < DONE) end.run(taskId(1, seq));
      }
    })();
    // Pages of the database that a query looks at are not told; time is, so it is compared roughly.
    const pending = db.prepare(PENDING_SQL);
    const read = (fromSeq: number) => {
      const start = performance.now();
      for (let i = 0; i < 50; i += 1) {
        const rows = pending.all(taskId(1, fromSeq), taskId(1, ROWS), 100);
        assert.equal(rows.length, 100);
      }
      return performance.now() - start;
    };
    read(DONE);
    // The best of some: whatever else the machine does meanwhile only adds.
    const best = (fromSeq: number) => Math.min(...[1, 2, 3].map(() => read(fromSeq)));
    const atEnd = best(ROWS - 200);
    const behindDone = best(DONE);
    assert.ok(behindDone < atEnd * 10 + 20, `${behindDone} ms behind what is done, ${atEnd} ms`);
  });
});
