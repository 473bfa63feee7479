import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { ByteBatch } from '../../src/sinks/byte-batch.ts';
import { StreamOutput } from '../../src/sinks/stream-output.ts';

describe('StreamOutput', () => {
  it('waits until the reader has taken a chunk', async () => {
    const taken: string[] = [];
    let release = () => {};
    const stream = new Writable({
      write(chunk, _encoding, done) {
        taken.push(String(chunk));
        release = () => done();
      },
    });
    const output = new StreamOutput(stream);
    let written = false;
    const write = output.write(Buffer.from('a')).then(() => {
      written = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(written, false);
    release();
    await write;
    assert.deepEqual(taken, ['a']);
    assert.equal(stream.listenerCount('error') + stream.listenerCount('close'), 0);
  });

  it('rejects where the reader goes away, before, while and after', async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    const output = new StreamOutput(stream);
    const first = output.write(Buffer.from('ab'));
    stream.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
    await assert.rejects(
      first.then(() => output.write(Buffer.from('c'))),
      { code: 'EPIPE' },
    );
    await assert.rejects(output.write(Buffer.from('d')), { code: 'EPIPE' });
    const closed = new PassThrough();
    closed.destroy();
    await assert.rejects(new StreamOutput(closed).write(Buffer.from('e')), { code: 'EPIPE' });
  });
});

describe('ByteBatch', () => {
  it('hands pieces of any size on in order', async () => {
    const chunks: Buffer[] = [];
    const output = {
      write: async (chunk: Buffer) => {
        chunks.push(chunk);
      },
      finish: async () => {},
      discard: async () => {},
    };
    const batch = new ByteBatch(output);
    let expected = '';
    for (let at = 0; at < 300; at += 1) {
      const piece = 'é日'.repeat((at * 37) % 700) + at;
      expected += piece + piece;
      batch.text(piece);
      batch.add(Buffer.from(piece));
      if (batch.full) await batch.flush();
    }
    await batch.flush();
    assert.equal(Buffer.concat(chunks).toString(), expected);
    assert.equal(batch.bytes, Buffer.byteLength(expected));
    assert.ok(chunks.length > 5);
  });
});
