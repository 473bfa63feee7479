import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loggedRecords, PlaceList, placesIn, placesToRead } from './record-log.ts';

function listed(...places: readonly (readonly [number, number, number])[]): readonly string[] {
  const list = new PlaceList();
  for (const place of places) list.add(...place);
  return list.entries(1_000);
}

describe('the log of records', () => {
  it('writes places in their order, and reads them', () => {
    const entries = listed([7, 0, 1], [8, 0, 1], [9, 0, 1], [3, 0, 1], [3, 1, 1], [5, 2, 3]);
    assert.deepEqual(entries, ['@rs 7-9 3 3:1 5:2+3']);
    const places = placesIn(entries[0] as string).map(({ seq, index }) => [seq, index]);
    assert.deepEqual(places.slice(0, 5), [
      [7, 0],
      [8, 0],
      [9, 0],
      [3, 0],
      [3, 1],
    ]);
    assert.deepEqual(places.slice(5), [
      [5, 2],
      [5, 3],
      [5, 4],
    ]);
    assert.deepEqual(listed(), []);
    assert.deepEqual(listed([0, 0, 1]), ['@rs 0']);
    assert.deepEqual(listed([4, 0, 2]), ['@rs 4:0+2']);
  });

  it('cuts what is long into entries', () => {
    const list = new PlaceList();
    list.add(1, 0, 4_500);
    for (let seq = 2; seq < 1_502; seq += 1) list.add(seq, 0, 1);
    const entries = list.entries(0);
    assert.deepEqual(entries, ['@0 1:0+2000', '@0 1:2000+2000', '@0 1:4000+500 2-1501']);
    const places = entries.flatMap(placesIn);
    assert.equal(places.length, 6_000);
    assert.equal(new Set(places.map(({ seq, index }) => `${seq} ${index}`)).size, 6_000);
  });

  it('gives the same between two positions, whatever has come since', () => {
    const entry = (holder: number, no: number, places: string) => ({ holder, no, places });
    const first = [entry(1, 1, '0-3'), entry(4, 1, '10-12')];
    const later = [entry(1, 1, '0-3'), entry(1, 2, '4'), entry(2, 1, '20'), entry(4, 1, '10-12')];
    const read = (entries: typeof first, after?: string, upTo?: string, limit = 100) => {
      const query = { limit, ...(after && { after }), ...(upTo && { upTo }) };
      const { records, next } = loggedRecords(placesToRead(entries, query), String, after);
      return { seqs: records.map(({ seq }) => seq), next };
    };
    const start = read(first, undefined, undefined, 2);
    assert.deepEqual(start, { seqs: [0, 1], next: '1:1.2' });
    const more = read(first, start.next, undefined, 3);
    assert.deepEqual(more, { seqs: [2, 3, 10], next: '1:2.0,4:1.1' });
    assert.deepEqual(read(later, start.next, more.next), more, 'as it was before');
    const rest = read(later, more.next);
    assert.deepEqual(rest.seqs, [4, 20, 11, 12]);
    assert.deepEqual(read(later, rest.next), { seqs: [], next: rest.next });
  });
});
