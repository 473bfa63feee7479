import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeManifest } from '../../src/engine/manifest.ts';
import { MemoryOutput } from '../../src/sinks/output.ts';
import { type Known, storeOf } from '../fakes/download-fixture.ts';

const A = { digest: 'aa', path: 't/aa/aa/aa.jpg', size: 3, known: false };
const B = { digest: 'bb', path: 't/bb/bb/bb', size: 0, known: true };

async function manifest(known: readonly Known[]) {
  const output = new MemoryOutput();
  const lines = await writeManifest({ jobId: 'j', store: storeOf(known) }, output);
  const found = output.text().split('\n').slice(0, -1);
  assert.equal(lines, found.length);
  return found.map((line) => JSON.parse(line) as unknown);
}

describe('the manifest of a job', () => {
  it('has a line for each file that a record names, with where that is', async () => {
    const known: Known[] = [
      {
        state: 'completed',
        records: [
          { id: 1, digest: 'no file' },
          { images: [A], files: [B] },
        ],
      },
      { state: 'discarded' },
      {
        state: 'completed',
        records: [{ files: [{ ...A, type: 'image/jpeg', url: 'https://a.example/a.jpg' }] }],
      },
    ];
    const none = { type: null, url: null };
    assert.deepEqual(await manifest(known), [
      { digest: 'bb', path: B.path, size: 0, ...none, field: 'files', row: 0, record: 1 },
      { digest: 'aa', path: A.path, size: 3, ...none, field: 'images', row: 0, record: 1 },
      {
        digest: 'aa',
        path: A.path,
        size: 3,
        type: 'image/jpeg',
        url: 'https://a.example/a.jpg',
        field: 'files',
        row: 2,
        record: 0,
      },
    ]);
  });

  it('leaves out what is no file', async () => {
    const files = [null, 'digest', { digest: 'aa' }, { ...A, size: '3' }, { ...A, path: 1 }, [A]];
    assert.deepEqual(await manifest([{ state: 'completed', records: [{ files }] }]), []);
    const records = [{ files: { ...A }, images: null, digest: 'x' }];
    assert.deepEqual(await manifest([{ state: 'completed', records }]), []);
  });
});
