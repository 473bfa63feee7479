import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SluiceError } from '../base/errors.ts';
import { randomInt, seededRandom } from '../base/random.ts';
import { checkCron, parseCron } from './cron.ts';

const at = (iso: string) => Date.parse(iso);
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
const next = (cron: string, zone: string, from: string, count: number) =>
  parseCron(cron, zone).next(at(from), count).map(iso);

describe('cron', () => {
  const cases: readonly [string, string, string, string, readonly string[]][] = [
    [
      'five fields: minutes',
      '*/30 * * * *',
      'UTC',
      '2026-03-01T00:10:00Z',
      ['2026-03-01T00:30:00Z', '2026-03-01T01:00:00Z'],
    ],
    [
      'six fields: seconds',
      '*/20 * * * * *',
      'UTC',
      '2026-03-01T00:00:00Z',
      ['2026-03-01T00:00:20Z', '2026-03-01T00:00:40Z'],
    ],
    [
      'a nickname, in its zone',
      '@Daily',
      'Asia/Tokyo',
      '2026-03-01T00:00:00Z',
      ['2026-03-01T15:00:00Z'],
    ],
    [
      'a leap day',
      '0 12 29 2 *',
      'UTC',
      '2026-01-01T00:00:00Z',
      ['2028-02-29T12:00:00Z', '2032-02-29T12:00:00Z'],
    ],
    [
      'the last day of a month',
      '0 0 L 2 *',
      'UTC',
      '2027-01-01T00:00:00Z',
      ['2027-02-28T00:00:00Z', '2028-02-29T00:00:00Z'],
    ],
    [
      'a fixed time in the gap: once, right after it',
      '30 2 * * *',
      'Europe/Paris',
      '2026-03-28T12:00:00Z',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'an interval over the gap: nothing in the missing hour',
      '*/30 * * * *',
      'Europe/Paris',
      '2026-03-29T00:29:00Z',
      ['2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'],
    ],
    [
      'a fixed time that occurs twice: once, at the first',
      '30 2 * * *',
      'Europe/Paris',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ],
    [
      'an interval over the repeated hour: on both passes',
      '30 * * * *',
      'Europe/Paris',
      '2026-10-25T00:00:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'],
    ],
    [
      'a shift of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
  ];
  for (const [name, cron, zone, from, expected] of cases) {
    it(`knows ${name}`, () => {
      assert.deepEqual(next(cron, zone, from, expected.length), expected);
    });
  }

  it('gives as the latest tick what stepping forward gives', () => {
    const crons = [
      '*/7 * * * *',
      '30 2 * * *',
      '30 1,2 * * *',
      '0 0 1 * *',
      '0 9 * * 1-5',
      '*/40 * * * * *',
    ];
    const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe'];
    const random = seededRandom(7);
    // Around both changes of the clocks, in both hemispheres.
    const centres = ['2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25'];
    for (let round = 0; round < 400; round += 1) {
      const cron = crons[round % crons.length] as string;
      const zone = zones[randomInt(random, 0, zones.length - 1)] as string;
      const ticks = parseCron(cron, zone);
      const centre = at(`${centres[randomInt(random, 0, 4)]}T12:00:00Z`);
      const from = centre + randomInt(random, -86_400_000, 86_400_000);
      const [first, second] = ticks.next(from, 2) as [number, number];
      const what = `${cron} in ${zone} after ${iso(from)}`;
      assert.equal(ticks.after(from), first, what);
      assert.equal(ticks.latest(first), first, what);
      assert.equal(ticks.latest(second - 1), first, what);
      const between = randomInt(random, first, second - 1);
      assert.equal(ticks.latest(between), first, `${what}, at ${between}`);
    }
  });

  const refused: readonly [unknown, unknown, string, RegExp][] = [
    ['', 'UTC', 'schedule.cron_invalid', /it is empty/],
    ['* * * *', 'UTC', 'schedule.cron_invalid', /it has 4 fields, not five or six/],
    ['0 0 0 1 1 * 2030', 'UTC', 'schedule.cron_invalid', /it has 7 fields/],
    ['61 * * * *', 'UTC', 'schedule.cron_invalid', /the minute "61" is wrong/],
    ['* 25 * * *', 'UTC', 'schedule.cron_invalid', /the hour "25" is wrong/],
    ['0 * * * * MOO', 'UTC', 'schedule.cron_invalid', /the day of week "MOO" is wrong/],
    ['75 * * * * *', 'UTC', 'schedule.cron_invalid', /the second "75" is wrong/],
    ['*/0 * * * *', 'UTC', 'schedule.cron_invalid', /the minute "\*\/0" is wrong/],
    ['5-1 * * * *', 'UTC', 'schedule.cron_invalid', /from value is larger/],
    ['@houly', 'UTC', 'schedule.cron_invalid', /did you mean @hourly\?/],
    ['@reboot', 'UTC', 'schedule.cron_invalid', /there is no nickname @reboot/],
    ['2030-01-01T00:00:00', 'UTC', 'schedule.cron_invalid', /it has 1 field,/],
    ['0 0 30 2 *', 'UTC', 'schedule.cron_invalid', /no date ever matches it/],
    [`* * * * ${'1,'.repeat(200)}1`, 'UTC', 'schedule.cron_invalid', /longer than 256 characters/],
    [7, 'UTC', 'schedule.cron_invalid', /it is not a text/],
    ['@daily', 'paris', 'schedule.zone_invalid', /Did you mean Europe\/Paris\?/],
    ['@daily', 'new york', 'schedule.zone_invalid', /Did you mean America\/New_York\?/],
    ['@daily', 'Europe/Pariss', 'schedule.zone_invalid', /Did you mean Europe\/Paris\?/],
    ['@daily', '+02:00', 'schedule.zone_invalid', /IANA name/],
    ['@daily', '', 'schedule.zone_invalid', /IANA name/],
    ['@daily', undefined, 'schedule.zone_invalid', /IANA name/],
  ];
  for (const [cron, zone, code, words] of refused) {
    it(`refuses ${String(cron).slice(0, 40)} in ${zone} with its reason`, () => {
      assert.throws(
        () => checkCron(cron, zone, at('2026-01-01T00:00:00Z')),
        (error) => {
          assert.ok(error instanceof SluiceError);
          assert.equal(error.code, code);
          assert.match(`${error.message} ${error.hint}`, words);
          assert.ok(error.hint.length > 10);
          return true;
        },
      );
    });
  }
});
