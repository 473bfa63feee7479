import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type LogFields, silentLogger } from '../base/log.ts';
import { seenLogger } from './seen-logger.ts';

it('tells a line with its fields, whatever a collector puts there', () => {
  const told: string[] = [];
  const log = seenLogger(
    silentLogger,
    { jobId: 'j', seq: 3 },
    { logged: ({ message }) => told.push(message) },
  );
  log.with({ list: 'members' }).info('read', { page: 3, none: undefined, last: null });
  const odd = { page: { no: 1 }, bare: Object.create(null), sign: Symbol('s'), many: [1, 'b'] };
  log.warn('odd', odd as unknown as LogFields);
  const round: Record<string, unknown> = { big: 1n };
  round.self = round;
  log.error('round', { round } as unknown as LogFields);
  assert.deepEqual(told, [
    'read (list=members, page=3, last=null)',
    'odd (page={"no":1}, bare={}, sign=Symbol(s), many=[1,"b"])',
    'round (round=[object Object])',
  ]);
});
