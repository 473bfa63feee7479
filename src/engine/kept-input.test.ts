import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import type { Collector } from '../collectors/collector.ts';
import type { FailureError } from '../model/failure.ts';
import type { Task } from '../model/task.ts';
import { checkPlain, InputReader, isPlain, keepsRowsAsTheyCame } from './kept-input.ts';

const own = (input?: z.ZodType, more: Partial<Collector> = {}): Collector => ({
  name: 'test',
  collect: async () => undefined,
  ...(input ? { input } : {}),
  ...more,
});

const toUrl = z.string().transform((text) => new URL(text));

describe('kept input', () => {
  it('is what the schema makes where JSON can keep it, else the row as it came', () => {
    const json = [
      z.object({ n: z.coerce.number().default(3), url: z.url(), on: z.stringbool() }),
      z.looseObject({ a: z.string().trim().nullable() }),
      z.object({ list: z.preprocess((text) => String(text).split(','), z.array(z.string())) }),
      z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
    ];
    const more = [
      z.object({ at: z.coerce.date() }),
      z.object({ urls: z.array(z.object({ url: toUrl })).optional() }),
      z.object({ n: z.string().transform(BigInt) }),
      z.object({ tags: z.preprocess((text) => new Set(String(text)), z.set(z.string())) }),
      z.object({ own: z.instanceof(URL) }),
    ];
    assert.deepEqual(
      [...json, ...more].map((schema) => keepsRowsAsTheyCame(own(schema))),
      [...json.map(() => false), ...more.map(() => true)],
    );
    assert.equal(keepsRowsAsTheyCame(own()), false);
    const plan = async function* () {};
    assert.equal(keepsRowsAsTheyCame(own(more[0], { plan })), false);
  });

  it('is made once for a task, and refused where it no longer fits', () => {
    let made = 0;
    const counted = z.object({ url: toUrl }).transform((row) => {
      made += 1;
      return row;
    });
    const reader = new InputReader(own(counted));
    const task = { input: '{"url":"http://a.test/"}' } as Task;
    const input = reader.read(task) as { url: URL };
    assert.ok(input.url instanceof URL);
    assert.equal(reader.read(task), input);
    assert.equal(made, 1);
    const other = new InputReader(own(z.object({ at: z.coerce.date() })));
    assert.throws(
      () => other.read(task),
      (error: FailureError) => error.failure.code === 'input.row_invalid',
    );
  });

  it('must be plain where a plan makes it', () => {
    checkPlain({ a: [1, null, { b: 'x', c: undefined }], d: true });
    const wrong: [unknown, RegExp][] = [
      [{ a: [{ at: new Date(0) }] }, /holds a Date \(a\.0\.at\), which JSON cannot keep/],
      [new URL('http://a.test'), /holds a URL, which/],
      [{ n: Number.NaN }, /holds NaN \(n\)/],
      [{ n: 1n }, /holds a bigint \(n\)/],
      [{ f: () => 1 }, /holds a function \(f\)/],
      [{ m: new Map() }, /holds a Map \(m\)/],
    ];
    for (const [input, message] of wrong) {
      assert.throws(() => checkPlain(input), { code: 'collector.threw', message });
      assert.equal(isPlain(input), false);
    }
  });
});
