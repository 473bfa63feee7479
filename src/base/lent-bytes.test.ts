import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freeBytes, LentBytes } from './lent-bytes.ts';

describe('lent bytes', () => {
  it('are a copy in memory that threads see', () => {
    const lending = new LentBytes();
    const bytes = Uint8Array.of(1, 2, 3);
    const lent = lending.lend(bytes);
    bytes[0] = 9;
    assert.deepEqual([...(lent ?? [])], [1, 2, 3]);
    assert.ok(lent?.buffer instanceof SharedArrayBuffer);
  });

  it('are in no memory that is lent already', () => {
    const lending = new LentBytes();
    const one = lending.lend(Uint8Array.of(1));
    const two = lending.lend(Uint8Array.of(2));
    assert.deepEqual([one?.[0], two?.[0]], [1, 2]);
    assert.notEqual(one?.buffer, two?.buffer);
  });

  it('take memory that was given back, if it is large enough', () => {
    const lending = new LentBytes();
    const small = lending.lend(new Uint8Array(10)) as Uint8Array;
    lending.giveBack(small);
    const large = lending.lend(new Uint8Array(20_000)) as Uint8Array;
    assert.notEqual(large.buffer, small.buffer);
    assert.equal(large.byteLength, 20_000);
    assert.equal(lending.lend(new Uint8Array(16_384))?.buffer, small.buffer);
  });

  it('can be freed by who had them, unless their memory is that of others too', () => {
    const own = new Uint8Array(20_000);
    freeBytes(own);
    assert.equal(own.byteLength, 0);
    const part = new Uint8Array(new ArrayBuffer(2 ** 20), 0, 20_000);
    freeBytes(part);
    assert.equal(part.byteLength, 20_000);
  });

  it('are not lent where they are many', () => {
    assert.equal(new LentBytes().lend(new Uint8Array(2 ** 20)), undefined);
  });
});
