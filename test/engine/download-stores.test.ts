/** The download from every store there is, while the job runs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { writeDownload } from '../../src/engine/download.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { failure, spec, step, task } from '../conformance/store-fixtures.ts';
import { inputOf, scratch } from '../fakes/download-fixture.ts';

const STORES: readonly (readonly [string, () => Promise<Store>])[] = [
  ['memory', async () => new MemoryStore()],
  ['sqlite', () => openSqliteStore({ path: join(scratch(), 'store'), mode: 'owner' })],
];

for (const [name, open] of STORES) {
  describe(`download from the ${name} store`, () => {
    it('answers duplicates, refusals, waiting and unplanned rows at their places', async () => {
      const store = await open();
      try {
        const input = await inputOf('site\na\nb\na\n"bad\nc\nd\n', 'list.csv', { delimiter: ',' });
        const { job } = await store.createJob(spec('j_1', { input }));
        await store.addRows(
          job.id,
          0,
          [
            task(0, { key: 'a' }),
            task(1),
            task(2, { key: 'a' }),
            { kind: 'refused', failure: failure('Line 5 …', 'input.unclosed_quote') },
            task(4),
          ],
          1,
        );
        const found = (email: string) => JSON.stringify({ email });
        const end = { kind: 'completed', durationMs: 1 } as const;
        const waiting = { kind: 'waiting', atMs: 9_000, failure: failure('Busy') } as const;
        await store.commit([
          step(job.id, 0, { records: [found('x@a'), found('y@a')], recordsFrom: 0, end }),
          step(job.id, 1, { records: [], recordsFrom: 0, end: waiting }),
          step(job.id, 4, { records: [found('half')], recordsFrom: 0 }),
        ]);
        const request = { job, store, recordKeys: ['email'], safeFormulas: 'off' } as const;
        const rows = new MemoryOutput();
        await writeDownload({ ...request, shape: 'row', format: 'csv' }, rows);
        assert.equal(
          rows.text(),
          'site,email,status,error\n' +
            'a,x@a; y@a,completed,\n' +
            'b,,waiting,http.503: Busy\n' +
            'a,x@a; y@a,completed,\n' +
            '"bad,,failed,input.unclosed_quote: Line 5 …\n' +
            'c,half,pending,\n' +
            'd,,pending,\n',
        );
        const records = new MemoryOutput();
        await writeDownload({ ...request, shape: 'record', format: 'jsonl' }, records);
        assert.equal(records.text(), `${['x@a', 'y@a', 'half'].map(found).join('\n')}\n`);
      } finally {
        await store.close();
      }
    });
  });
}
