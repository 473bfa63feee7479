import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { recordCells } from './record-cells.ts';
import { foundColumns, schemaColumns } from './record-columns.ts';

function typesOf(schema: unknown): Record<string, string> | undefined {
  const columns = schemaColumns(schema);
  return columns && Object.fromEntries(columns.map(({ name, type }) => [name, type]));
}

function found(records: readonly unknown[]) {
  const all = records.map((record, seq) => ({ seq, index: 0, json: JSON.stringify(record) }));
  const store = {
    records: async (_id: string, after: { seq: number } | undefined, limit: number) => {
      const from = after === undefined ? 0 : after.seq + 1;
      return all.slice(from, from + limit);
    },
  };
  return foundColumns(store, 'j');
}

describe('columns of records', () => {
  it('have the types of their schema', () => {
    const schema = z.object({
      text: z.string(),
      mail: z.email().optional(),
      whole: z.int().nullable(),
      part: z.number(),
      yes: z.boolean().default(false),
      at: z.iso.datetime({ offset: true }),
      kind: z.enum(['a', 'b']),
      one: z.literal(1),
      either: z.union([z.int(), z.number()]),
      mixed: z.union([z.int(), z.string()]),
      list: z.array(z.string()),
      nested: z.object({ a: z.string() }).nullable(),
      any: z.unknown(),
      nothing: z.null(),
    });
    assert.deepEqual(typesOf(schema), {
      text: 'text',
      mail: 'text',
      whole: 'integer',
      part: 'number',
      yes: 'boolean',
      at: 'time',
      kind: 'text',
      one: 'integer',
      either: 'number',
      mixed: 'text',
      list: 'json',
      nested: 'json',
      any: 'json',
      nothing: 'json',
    });
  });

  it('are those of all members of a union', () => {
    const schema = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), n: z.int(), list: z.array(z.int()) }),
      z.object({ kind: z.literal('b'), n: z.number(), list: z.string() }),
    ]);
    assert.deepEqual(typesOf(schema), { kind: 'text', n: 'number', list: 'json' });
  });

  it('are not told by a schema without keys, nor by something that is none', () => {
    for (const schema of [undefined, z.unknown(), z.record(z.string(), z.int()), {}, 'schema']) {
      assert.equal(schemaColumns(schema), undefined);
    }
  });

  it('are found in the records where no schema tells them', async () => {
    const columns = await found([
      { a: 1, b: null },
      { a: 2.5, c: 'x', d: true },
      { c: 3, d: null, e: { f: 1 } },
      { e: 'text' },
      'no object',
    ]);
    assert.deepEqual(Object.fromEntries(columns.map(({ name, type }) => [name, type])), {
      a: 'number',
      b: 'text',
      c: 'text',
      d: 'boolean',
      e: 'json',
      value: 'text',
    });
  });

  it('are one for records that are no objects, and none for empty ones', async () => {
    const typed = async (...records: unknown[]) =>
      (await found(records)).map(({ name, type }) => `${name}:${type}`);
    assert.deepEqual(await typed(1, 2.5), ['value:number']);
    assert.deepEqual(await typed('s', 42, true), ['value:text']);
    assert.deepEqual(await typed('s', [1]), ['value:json']);
    assert.deepEqual(await typed(null), ['value:text']);
    assert.deepEqual(await typed({ value: 1 }, 2), ['value:integer']);
    assert.deepEqual(await typed({}), []);
  });

  it('hold nested values and mixed ones as text, and refuse what does not fit', () => {
    const cells = (value: unknown, type: 'text' | 'json' | 'integer' | 'time' | 'boolean') =>
      recordCells({ value }, [{ name: 'value', type }])[0];
    assert.equal(cells({ a: 1 }, 'json'), '{"a":1}');
    assert.equal(cells('plain', 'json'), '"plain"');
    assert.equal(cells(5, 'text'), '5');
    assert.equal(cells(null, 'integer'), undefined);
    assert.equal(cells(7, 'integer'), 7);
    for (const [value, type] of [
      [1.5, 'integer'],
      [2 ** 60, 'integer'],
      ['7', 'integer'],
      ['soon', 'time'],
      ['true', 'boolean'],
    ] as const) {
      assert.throws(() => cells(value, type), { code: 'output.misfit' }, `${value} as ${type}`);
    }
    assert.throws(() => recordCells('7', [{ name: 'value', type: 'integer' }]), {
      code: 'output.misfit',
    });
    assert.deepEqual(recordCells(undefined, [{ name: 'a', type: 'text' }]), [undefined]);
  });
});
