import assert from 'node:assert/strict';
import { it } from 'node:test';
import { partText } from './record-text.ts';

it('records that are no objects have a column in CSV', () => {
  const records = ['s', null, [1, 2], { a: 1 }, {}].map((record, seq) => {
    return { seq, index: 0, json: JSON.stringify(record) };
  });
  const part = { records, next: undefined, complete: true };
  assert.equal(
    partText(part, 'csv', undefined),
    'seq,index,value,a\n0,0,s,\n1,0,,\n2,0,"[1,2]",\n3,0,,1\n4,0,,\n',
  );
});
