import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArrivingFile, firstArrived } from './arriving-file.ts';

const gone = (arrived: () => Promise<number>): ArrivingFile => ({
  paths: ['/nowhere/a.part', '/nowhere/a'],
  cut: false,
  arrived,
});

test('a file that was removed because it came to nothing says why', async () => {
  const why = new Error('it was too large');
  await assert.rejects(
    firstArrived(
      gone(() => Promise.reject(why)),
      10,
    ),
    why,
  );
});

test('a file that is just not there says so', async () => {
  await assert.rejects(
    firstArrived(
      gone(async () => 5),
      10,
    ),
    { code: 'ENOENT' },
  );
});
