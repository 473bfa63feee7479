import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import type { Collector } from '../../src/collectors/collector.ts';
import type { KeptFile } from '../../src/model/file.ts';
import { MemoryBlobStore } from '../../src/sinks/blob-store.ts';
import { readAll } from '../conformance/blob-store.ts';
import { finished, setUp, spec } from '../fakes/engine-rig.ts';

/** Keeps one file a row, with what `textOf` says in it. */
function keeping(textOf: (row: number) => string, seen: KeptFile[] = []): Collector {
  return {
    name: 'test',
    async collect(_row, ctx) {
      const bytes = Buffer.from(textOf(ctx.seq));
      const file = await ctx.files.put({ bytes, contentType: 'text/plain', extension: 'txt' });
      seen.push(file);
      return { records: [{ files: [file] }] };
    },
  };
}

describe('files of collectors', () => {
  it('are there before the page that names them', async () => {
    const blobs = new MemoryBlobStore();
    const rig = setUp(
      keeping((row) => `file ${row}`),
      20,
      { openFiles: async () => blobs },
    );
    const { commit } = rig.store;
    rig.store.commit = async (commits) => {
      for (const text of commits.flatMap(({ records }) => records)) {
        const [file] = (JSON.parse(text) as { files: [KeptFile] }).files;
        assert.equal((await readAll(blobs, file.path)).length, file.size);
      }
      return commit.call(rig.store, commits);
    };
    await rig.engine.submit(spec('j', rig.clock));
    const job = await finished(rig.engine, rig.clock, 'j');
    assert.equal(job.counters.completed, 20);
    assert.equal(blobs.paths().length, 20);
  });

  it('are kept once, however many rows bring them at the same time', async () => {
    const blobs = new MemoryBlobStore();
    let writes = 0;
    const { write } = blobs;
    blobs.write = (blob) => {
      writes += 1;
      return write.call(blobs, blob);
    };
    const seen: KeptFile[] = [];
    const rig = setUp(
      keeping(() => 'the same', seen),
      50,
      { openFiles: async () => blobs },
    );
    await rig.engine.submit(spec('j', rig.clock));
    await finished(rig.engine, rig.clock, 'j');
    assert.equal(writes, 1);
    assert.equal(blobs.paths().length, 1);
    assert.equal(new Set(seen.map(({ digest }) => digest)).size, 1);
    assert.equal(seen.filter(({ known }) => !known).length, 1);
  });

  it('fail the row for now where their place fails, which is opened again', async () => {
    const blobs = new MemoryBlobStore();
    let opened = 0;
    const openFiles = async () => {
      opened += 1;
      if (opened === 1) throw new SluiceError('files.unreachable', { place: 's3://b/' });
      return blobs;
    };
    const rig = setUp(
      keeping(() => 'a'),
      1,
      { openFiles },
    );
    await rig.engine.submit(spec('j', rig.clock));
    const job = await finished(rig.engine, rig.clock, 'j');
    assert.equal(job.counters.completed, 1);
    assert.equal(opened, 2);
  });

  it('pause the job where their place is full or refuses, and no attempt is lost', async () => {
    const blobs = new MemoryBlobStore();
    let full = true;
    const { write } = blobs;
    blobs.write = (blob) => {
      if (full) return Promise.reject(new SluiceError('files.full', { place: '/files' }));
      return write.call(blobs, blob);
    };
    const rig = setUp(
      keeping((row) => `file ${row}`),
      5,
      { openFiles: async () => blobs },
    );
    await rig.engine.submit({ ...spec('j', rig.clock), retries: 0 });
    const paused = await finished(rig.engine, rig.clock, 'j');
    assert.equal(paused.state, 'paused');
    assert.equal(paused.failure?.code, 'files.full');
    full = false;
    await rig.engine.resume('j');
    const job = await finished(rig.engine, rig.clock, 'j');
    assert.equal(job.counters.completed, 5);
  });

  it('are refused by an engine that has no place for them', async () => {
    const rig = setUp(
      keeping(() => 'a'),
      1,
    );
    await rig.engine.submit({ ...spec('j', rig.clock), retries: 0 });
    const job = await finished(rig.engine, rig.clock, 'j');
    assert.equal(job.counters.discarded, 1);
    const [row] = await rig.store.results('j', 0, 1);
    assert.equal(row?.failure?.code, 'files.none');
  });

  it('must be bytes', async () => {
    const collector: Collector = {
      name: 'test',
      async collect(_row, ctx) {
        await ctx.files.put({ bytes: 'text' as never });
        return { records: [] };
      },
    };
    const blobs = new MemoryBlobStore();
    const rig = setUp(collector, 1, { openFiles: async () => blobs });
    await rig.engine.submit({ ...spec('j', rig.clock), retries: 0 });
    await finished(rig.engine, rig.clock, 'j');
    const [row] = await rig.store.results('j', 0, 1);
    assert.match(row?.failure?.message ?? '', /ctx\.files\.put takes/);
  });
});
