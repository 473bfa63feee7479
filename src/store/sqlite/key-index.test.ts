import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { KeyIndex, keyHash } from './key-index.ts';
import { migrate } from './migrations.ts';
import { firstTaskId, lastTaskId, taskId } from './task-id.ts';

const JOB = 3;
const first = firstTaskId(JOB);
const last = lastTaskId(JOB);

function setUp() {
  const db = new Database(':memory:');
  migrate(db);
  const insert = db.prepare("INSERT INTO tasks (id, input, key, key_hash) VALUES (?, '0', ?, ?)");
  const add = (seq: number, key: string, hash = keyHash(key).number) =>
    insert.run(taskId(JOB, seq), key, hash);
  return { db, add };
}

describe('KeyIndex', () => {
  it('finds keys in every run, those read in and those added', () => {
    const { db, add } = setUp();
    for (const seq of [0, 16_383, 16_384, 70_000]) add(seq, `k${seq}`);
    const index = new KeyIndex(db);
    const find = (key: string) => index.find(JOB, first, last, key, keyHash(key));
    for (const seq of [0, 16_383, 16_384, 70_000]) {
      assert.equal(find(`k${seq}`), taskId(JOB, seq));
    }
    assert.equal(find('k1'), undefined);
    add(200_000, 'late');
    index.add(JOB, first, taskId(JOB, 200_000), keyHash('late'));
    assert.equal(find('late'), taskId(JOB, 200_000));
    index.forget(JOB);
    assert.equal(find('late'), taskId(JOB, 200_000), 'read in again');
  });

  it('goes by the text of the key where two share a hash', () => {
    const { db, add } = setUp();
    const { number } = keyHash('mine');
    add(1, 'other', number);
    const index = new KeyIndex(db);
    assert.equal(index.find(JOB, first, last, 'mine', keyHash('mine')), undefined);
    add(2, 'mine', number);
    assert.equal(index.find(JOB, first, last, 'mine', keyHash('mine')), taskId(JOB, 2));
  });

  it('seldom looks into a run that has not the key', () => {
    const { db, add } = setUp();
    db.transaction(() => {
      for (let seq = 0; seq < 16_384; seq += 1) add(seq, `k${seq}`);
    })();
    let reads = 0;
    const counting = {
      prepare: (sql: string) => {
        const statement = db.prepare(sql);
        const get = statement.get.bind(statement);
        return Object.assign(statement, {
          get: (...args: unknown[]) => {
            reads += 1;
            return get(...args);
          },
        });
      },
    };
    const index = new KeyIndex(counting as unknown as Database.Database);
    for (let n = 0; n < 10_000; n += 1) {
      index.find(JOB, first, last, `other${n}`, keyHash(`other${n}`));
    }
    assert.ok(reads < 50, `${reads} of 10,000 unknown keys were looked up`);
  });
});
