/** Calls as they are in a table of a DuckDB file that they were delivered to. */
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import type { TruthCall } from '../../sandbox/vicidial/truth.ts';
import { compareCalls } from '../../src/cli/demo/call-truth.ts';
import type { CallRecord } from '../../src/collectors/campaigns/call-record.ts';

export async function warehouseCalls(file: string): Promise<readonly CallRecord[]> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const described = await connection.runAndReadAll('DESCRIBE calls');
    const types = described.getRows().map(([name, type]) => [String(name), String(type)] as const);
    const chosen = types.map(([name, type]) =>
      type.startsWith('TIMESTAMP')
        ? `strftime("${name}"::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') AS "${name}"`
        : `"${name}"`,
    );
    const all = await connection.runAndReadAll(`SELECT ${chosen.join(', ')} FROM calls`);
    const nested = new Set(types.flatMap(([name, type]) => (type === 'JSON' ? [name] : [])));
    return all.getRowObjects().map((row) => {
      const known = Object.entries(row).filter(([, value]) => value !== null);
      const cells = known.map(([name, value]) => [name, cellOf(value, nested.has(name))]);
      return Object.fromEntries(cells) as CallRecord;
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Every call is there once, as it is by now. Answers how many there are. */
export async function checkWarehouse(file: string, truth: Iterable<TruthCall>): Promise<number> {
  const calls = await warehouseCalls(file);
  const byId = new Map(calls.map((call) => [call.id, call]));
  assert.equal(byId.size, calls.length, 'a call is there twice');
  const found = compareCalls(byId, [...truth]);
  assert.deepEqual(found, { ...found, missing: 0, unknown: 0, different: [] });
  return found.calls;
}

function cellOf(value: unknown, isJson: boolean): unknown {
  if (typeof value === 'bigint') return Number(value);
  return isJson ? JSON.parse(String(value)) : value;
}
