import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { daysOf, hourIn, hourText, localMsIn } from './hours.ts';
import { versionIn } from './server-clock.ts';
import { instantOf, localOf, readZone } from './zone.ts';

const at = (text: string) => localMsIn(text);

describe('clocks of servers', () => {
  it('are read as offsets and as zones', () => {
    const offsets = { '-5': -5, '+05:30': 5.5, '5.5': 5.5, UTC: 'UTC', '-5.00': undefined, '0': 0 };
    for (const [text, zone] of Object.entries(offsets)) {
      if (zone !== undefined) assert.equal(readZone(text), zone, text);
    }
    assert.equal(readZone('America/New_York'), 'America/New_York');
    for (const text of ['Mars/Base', '99', '']) assert.equal(readZone(text), undefined, text);
  });

  it('tell instants, in summer, in winter, and on the days between', () => {
    const iso = (text: string, zone: string | number) =>
      new Date(instantOf(at(text), zone)).toISOString().slice(0, 16);
    assert.equal(iso('2026-11-20 12:00:00', -5), '2026-11-20T17:00');
    assert.equal(iso('2026-07-20 12:00:00', 'America/New_York'), '2026-07-20T16:00');
    assert.equal(iso('2026-11-20 12:00:00', 'America/New_York'), '2026-11-20T17:00');
    // Shown twice: the earlier. Left out: as if the clock had gone on.
    assert.equal(iso('2026-11-01 01:30:00', 'America/New_York'), '2026-11-01T05:30');
    assert.equal(iso('2026-03-08 02:30:00', 'America/New_York'), '2026-03-08T07:30');
    assert.equal(iso('2026-10-25 02:30:00', 'Europe/Berlin'), '2026-10-25T00:30');
  });

  it('go there and back', () => {
    for (const zone of ['Asia/Kolkata', 'Australia/Lord_Howe', 'America/New_York', 5.5]) {
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 7_777_777) {
        const local = localOf(ms, zone);
        assert.equal(localOf(instantOf(local, zone), zone), local);
      }
    }
  });

  it('say their version', () => {
    const line =
      'VERSION: 2.14-202|BUILD: 250720-1841|DATE: 2026-11-21 12:00:00|EPOCH: 1795280400|DST: 0|TZ: -5|TZNOW: -5|\n';
    assert.deepEqual(versionIn(line), { localMs: Date.UTC(2026, 10, 21, 12), zone: -5 });
    assert.equal(versionIn('ERROR: NO FUNCTION SPECIFIED'), undefined);
  });

  it('have hours, and days of them', () => {
    assert.equal(hourText(hourIn('2026-11-20T13:30') as number), '2026-11-20 13');
    assert.equal(hourText(hourIn('2026-11-20') as number), '2026-11-20 00');
    for (const text of ['2026-13-20', 'yesterday', '']) assert.equal(hourIn(text), undefined);
    const span = { from: hourIn('2026-11-20 20') as number, to: hourIn('2026-11-22 02') as number };
    const days = daysOf(span);
    assert.deepEqual(
      days.map(({ from, to }) => to - from),
      [4, 24, 2],
    );
    assert.deepEqual(daysOf({ from: 5, to: 5 }), []);
  });
});
