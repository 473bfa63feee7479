/** Records in files beside those in the store: read alike, in any pieces, and gone with their job. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { RecordFile, RecordFileWriter } from '../../src/model/record-file.ts';
import { fileText } from '../../src/model/record-file.ts';
import { cellsOf, recordText } from '../../src/model/record-line.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { RecordFileFolder } from '../../src/store/record-files/record-file-folder.ts';
import { withRecordFiles } from '../../src/store/record-files/with-record-files.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { RecordPosition, Store } from '../../src/store/store.ts';
import { completed, NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { readLog } from '../conformance/store-log.ts';

const FIELDS: RecordFile['fields'] = [
  { property: 'id', cell: 2, joined: ['k/', 1] },
  { property: 'kind', text: 'call' },
  { property: 'n', cell: 0, as: 'number' },
  { property: 'name', cell: 1, as: 'lines' },
];

const STORES: Record<string, (path: string) => Promise<Store>> = {
  memory: async () => new MemoryStore(),
  sqlite: (path) => openSqliteStore({ path, mode: 'owner' }),
};

for (const [name, open] of Object.entries(STORES)) {
  describe(`records in files, ${name}`, () => {
    let path: string;
    let folder: RecordFileFolder;
    let store: Store;

    beforeEach(async () => {
      path = await mkdtemp(join(tmpdir(), 'sluice-store-'));
      folder = new RecordFileFolder(path, 120);
      store = withRecordFiles(await open(path), folder);
      await store.createJob(spec('j_1'));
      await store.addRows('j_1', 0, [task(0), task(1), task(2)], NOW);
    });
    afterEach(async () => {
      await store.close();
      await rm(path, { recursive: true, force: true });
    });

    /** Lines `from` … of a file, each also as its record. */
    function lineOf(n: number): string {
      const own = n % 7 === 0 ? `"own ""${n}"""` : '';
      return `${n}\t${n / 2}\t${n % 5 === 0 ? `"a\nb ""${n}"""` : `N${n}!N`}\t${own}`;
    }

    async function fileOf(seq: number, first: number, rows: number): Promise<RecordFile> {
      const writer = await folder.write('j_1', seq, first);
      for (let n = 0; n < rows; n += 3) {
        const lines = Array.from({ length: Math.min(3, rows - n) }, (_, i) => lineOf(n + i));
        await writer.write(Buffer.from(`${lines.join('\n')}\n`), lines.length);
      }
      const parts = await writer.finish();
      return { cells: 3, fields: FIELDS, parts, rows, lineBytes: 40, breaks: true };
    }

    const recordsOf = (rows: number) =>
      Array.from({ length: rows }, (_, n) => recordText(FIELDS, cellsOf(lineOf(n))));

    /** Records, a file of three parts and more records in one row; another file in another row. */
    async function fill() {
      const file = await fileOf(1, 2, 20);
      assert.ok(file.parts.length > 2);
      const one = await fileOf(0, 0, 1);
      const commits = [
        step('j_1', 1, { records: ['"a"', '"b"'], cursor: '1' }),
        step('j_1', 1, {
          records: [fileText(file)],
          recordsFrom: 2 + 19,
          inFile: 19,
          cursor: '2',
        }),
        step('j_1', 2, { records: ['"z"'], end: completed }),
        step('j_1', 0, { records: [fileText(one)], cursor: '1' }),
        step('j_1', 1, { records: ['"c"'], recordsFrom: 22, end: completed }),
      ];
      for (const commit of commits) await store.commit([commit]);
      return ['"a"', '"b"', ...recordsOf(20), '"z"', ...recordsOf(1), '"c"'];
    }

    it('counts them, and numbers on behind them', async () => {
      await fill();
      const job = await store.job('j_1');
      assert.equal(job?.counters.records, 25);
      const [pending] = await store.pending('j_1', 0, 10);
      assert.equal(pending?.recordCount, 1);
    });

    it('changes nothing where a file comes again', async () => {
      const file = await fileOf(1, 0, 20);
      const page = { records: [fileText(file)], recordsFrom: 19, inFile: 19, cursor: '1' };
      await store.commit([step('j_1', 1, page)]);
      await store.commit([step('j_1', 1, page)]);
      assert.equal((await store.job('j_1'))?.counters.records, 20);
      assert.deepEqual((await readLog(store, 'j_1')).texts, recordsOf(20));
      const task = (await store.pending('j_1', 0, 10)).find(({ seq }) => seq === 1);
      assert.equal(task?.recordCount, 20);
    });

    it('gives them by row and number, in pages of any size', async () => {
      const [a, b, ...rest] = await fill();
      const wanted = [...recordsOf(1), a, b, ...rest.slice(0, 20), '"c"', '"z"'];
      for (const limit of [1, 2, 7, 20, 100]) {
        const texts: string[] = [];
        const numbers: RecordPosition[] = [];
        for (let after: RecordPosition | undefined; ; ) {
          const page = await store.records('j_1', after, limit);
          if (page.length === 0) break;
          assert.ok(page.length <= limit);
          texts.push(...page.map(({ json }) => json));
          numbers.push(...page.map(({ seq, index }) => ({ seq, index })));
          after = numbers.at(-1);
        }
        assert.deepEqual(texts, wanted);
        const ofOne = numbers.filter(({ seq }) => seq === 1).map(({ index }) => index);
        assert.deepEqual(
          ofOne,
          Array.from({ length: 23 }, (_, i) => i),
        );
      }
    });

    it('gives them in the order of commits, the same between two positions', async () => {
      const wanted = await fill();
      for (const limit of [1, 2, 7, 20, 100]) {
        assert.deepEqual((await readLog(store, 'j_1', undefined, limit)).texts, wanted);
      }
      const ends: string[] = [''];
      for (let at = ''; ; at = ends.at(-1) as string) {
        const { records, next } = await store.loggedRecords('j_1', {
          limit: 5,
          ...(at && { after: at }),
        });
        if (records.length === 0) break;
        ends.push(next);
      }
      for (const [i, from] of ends.entries()) {
        for (const to of ends.slice(i)) {
          const texts: string[] = [];
          for (let at = from; ; ) {
            const bound = { upTo: to, ...(at && { after: at }) };
            const { records, next } = await store.loggedRecords('j_1', { limit: 3, ...bound });
            if (records.length === 0) break;
            texts.push(...records.map(({ json }) => json));
            at = next;
          }
          const all = (await readLog(store, 'j_1', from || undefined, 100)).texts;
          const behind = (await readLog(store, 'j_1', to || undefined, 100)).texts;
          assert.deepEqual(texts, all.slice(0, all.length - behind.length));
        }
      }
    });

    it('gives files as they are, part by part, to who asks for them', async () => {
      const wanted = await fill();
      let seen = 0;
      let files = 0;
      for (let at = ''; ; ) {
        const query = { limit: 100, files: true, ...(at && { after: at }) };
        const { records, file, next } = await store.loggedRecords('j_1', query);
        if (records.length === 0 && file === undefined) break;
        seen += records.length + (file ? file.to - file.from : 0);
        if (file !== undefined) {
          files += 1;
          assert.ok(existsSync(join(folder.path, file.part.name)));
          // Between the two positions there is the same, file or not.
          const bound = { limit: 1_000, upTo: next, ...(at && { after: at }) };
          const again = await store.loggedRecords('j_1', { ...bound, files: true });
          assert.deepEqual(again.file, file);
          const { records: first = [] } = await store.loggedRecords('j_1', bound);
          assert.deepEqual(first[0]?.index, file.first + file.from);
        }
        at = next;
      }
      assert.equal(seen, wanted.length);
      assert.ok(files > 3);
    });

    it('shows a row with what its files hold', async () => {
      await fill();
      const [, row] = await store.results('j_1', 0, 3);
      assert.deepEqual(row?.records, ['"a"', '"b"', ...recordsOf(20), '"c"']);
    });

    it('says so where a file is not as it was', async () => {
      await fill();
      const names = readdirSync(join(folder.path, 'j_1')).filter((each) => each.startsWith('1-2-'));
      truncateSync(join(folder.path, 'j_1', names.sort()[1] as string), 10);
      await assert.rejects(readLog(store, 'j_1'), { code: 'files.lost' });
    });

    it('removes them with their job, and what was left over', async () => {
      await fill();
      await mkdir(join(folder.path, 'j_gone'), { recursive: true });
      await writeFile(join(folder.path, 'j_gone', '0-0-0-1.tsv'), '');
      await writeFile(join(folder.path, 'j_1', '0-9.part'), 'half');
      const before = readdirSync(join(folder.path, 'j_1')).length;
      await folder.sweep(async (id) => (await store.job(id)) !== undefined);
      assert.deepEqual(readdirSync(folder.path), ['j_1']);
      assert.equal(readdirSync(join(folder.path, 'j_1')).length, before - 1);
      await store.deleteJob('j_1');
      assert.deepEqual(readdirSync(folder.path), []);
    });

    it('says where the disk is full', async () => {
      await mkdir(join(folder.path, 'j_1'), { recursive: true });
      await symlink('/dev/full', join(folder.path, 'j_1', '0-0.part'));
      const writer = await folder.write('j_1', 0, 0);
      await assert.rejects(writer.write(Buffer.alloc(500), 1), { code: 'files.full' });
      await writer.discard();
      assert.deepEqual(readdirSync(join(folder.path, 'j_1')), []);
    });

    it('leaves nothing of a file that is given up, or that another attempt begins anew', async () => {
      const first = await folder.write('j_1', 0, 0);
      await first.write(Buffer.alloc(500, 'x'), 1);
      await first.write(Buffer.alloc(100, 'y'), 1);
      const second: RecordFileWriter = await folder.write('j_1', 0, 0);
      await assert.rejects(first.write(Buffer.alloc(1), 1));
      assert.deepEqual(readdirSync(join(folder.path, 'j_1')), []);
      await second.write(Buffer.alloc(500, 'z'), 1);
      assert.equal((await second.finish()).length, 1);
      await first.discard();
      await second.discard();
      assert.equal(readdirSync(join(folder.path, 'j_1')).length, 1);
    });
  });
}
