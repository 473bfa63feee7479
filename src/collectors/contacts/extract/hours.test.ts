import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHours, hoursInText } from './hours.ts';
import type { PageView } from './page-view.ts';
import type { StructuredData } from './structured-data.ts';

const ROWS: readonly (readonly [text: string, rules: readonly string[]])[] = [
  ['Open Monday to Friday 8am to 5pm PST', ['Mo-Fr 08:00-17:00']],
  ['Mon-Fri 9am - 5:30pm, Saturday & Sunday 8a-6p', ['Mo-Fr 09:00-17:30', 'Sa,Su 08:00-18:00']],
  ['Monday through Thursday - 7:30 a.m. to 5:00 p.m.', ['Mo-Th 07:30-17:00']],
  ['8:00am to 5:30pm EST Mon – Fri', ['Mo-Fr 08:00-17:30']],
  ['9AM - 5PM Central Time, Monday-Friday', ['Mo-Fr 09:00-17:00']],
  ['M-F 7am-7pm', ['Mo-Fr 07:00-19:00']],
  ['Sunday: Closed\nMonday: 10am-noon', ['Mo 10:00-12:00', 'Su closed']],
  ['Mon: 9am-5pm\nSunday\nClosed', ['Mo 09:00-17:00', 'Su closed']],
  ['Mon: 9am-5pm\nSunday\tClosed\n', ['Mo 09:00-17:00', 'Su closed']],
  ['Mon: 9am-5pm\nWe meet on Sunday\nClosed on holidays', ['Mo 09:00-17:00']],
  ['Monday-Friday\n8:30 a.m. - 5:30 p.m.', ['Mo-Fr 08:30-17:30']],
  ['Mo–Fr 8:00–12:00 und 13:00–17:00 Uhr', ['Mo-Fr 08:00-12:00,13:00-17:00']],
  ['Montag bis Freitag von 9 bis 18 Uhr', ['Mo-Fr 09:00-18:00']],
  ['Du lundi au vendredi de 9h à 18h30', ['Mo-Fr 09:00-18:30']],
  ['Lunes a viernes de 9:00 a 18:00', ['Mo-Fr 09:00-18:00']],
  ['dal lunedì al venerdì 9:00-18:00', ['Mo-Fr 09:00-18:00']],
  ['Maandag t/m vrijdag 9.00-17.00 uur', ['Mo-Fr 09:00-17:00']],
  ['Mån-fre 8.00-17.00', ['Mo-Fr 08:00-17:00']],
  ['pn-pt 8:00-16:00', ['Mo-Fr 08:00-16:00']],
  ['We answer 24/7', ['24/7']],
  ['営業時間: 月–金: 08:30 – 18:00\n日: 定休日', ['Mo-Fr 08:30-18:00', 'Su closed']],
  ['月曜日～金曜日 9:00～17:30', ['Mo-Fr 09:00-17:30']],
  ['5日 10:00-12:00', []],
  ['Пн–Пт: 09:00 – 18:00\nВс: выходной', ['Mo-Fr 09:00-18:00', 'Su closed']],
  ['24 hours a day, 7 days a week', ['24/7']],
  ['Daily 11am to midnight', ['Mo-Su 11:00-24:00']],
  ['Friday 12pm-9pm', ['Fr 12:00-21:00']],
  ['Sunday: Noon – 5pm', ['Su 12:00-17:00']],
  ['Sat midday to 6pm\nSun: Noon-5', ['Sa 12:00-18:00', 'Su 12:00-17:00']],
  ['Sat 12 noon to 5 pm', ['Sa 12:00-17:00']],
  ['Sat 9am – midday', ['Sa 09:00-12:00']],
  ['Thu 9am-12 midnight', ['Th 09:00-24:00']],
  ['Mon 8am-noon and 1pm-5pm', ['Mo 08:00-12:00,13:00-17:00']],
  ['Mon-Thu 3pm-11pm\nFri: noon to midnight', ['Mo-Th 15:00-23:00', 'Fr 12:00-24:00']],
  ['Lunch Monday at noon to meet 5 friends', []],
  ['Afternoon - 5pm Friday', []],
  ['Wed Noon - 1st Saturday', []],
  ['M/W/F 9am-5pm; T, Th: 10am – 7pm', ['Mo,We,Fr 09:00-17:00', 'Tu,Th 10:00-19:00']],
  ['Hours\nsat 9am-1pm\tza 10.00-17.00 uur', ['Sa 09:00-13:00', 'Sa 10:00-17:00']],
  [
    'pon.-pt.: 8:00-16:00\nsob.: 9:00-13:00\nPiątek 8-17',
    ['Mo-Fr 08:00-16:00', 'Sa 09:00-13:00', 'Fr 08:00-17:00'],
  ],
  ['9am-5pm\nMonday-Friday\n10am-2pm\nSaturday', ['Mo-Fr 09:00-17:00', 'Sa 10:00-14:00']],
  ['We open 9am-5pm\nMonday 10-2', ['Mo 10:00-14:00']],
  ['Conference, Mar 10-12, 2024', []],
  ['Mar 10h-12h', ['Tu 10:00-12:00']],
  ['The Sun 3pm-5pm is hot', ['Su 15:00-17:00']],
  [
    'Hours\nMonday\nTuesday\nWednesday\n8am-5pm\n8am-12pm, 1pm-6pm\nClosed\nCall us',
    ['Mo 08:00-17:00', 'Tu 08:00-12:00,13:00-18:00', 'We closed'],
  ],
  ['Sun\nMon-Fri:\tClosed\n9am-5pm', ['Mo-Fr 09:00-17:00', 'Su closed']],
  ['Mon\tTue\tWed\n9-5\t9-6\tclosed', ['Mo 09:00-17:00', 'Tu 09:00-18:00', 'We closed']],
  ['Mon\t9-5\nTue\t9-6\nWed\tclosed', ['Mo 09:00-17:00', 'Tu 09:00-18:00', 'We closed']],
  ['Monday\nTuesday\nWednesday\n8am-5pm\n9am-4pm', []],
  ['Saturday\nSunday\n9am-5pm\nCall us', ['Su 09:00-17:00']],
  ['The concert is 8pm to 11pm', []],
  ['Call 800-433-4512 on Monday', []],
  ['2003-2010 Monday', []],
  ['Monday 0900 - 1700', ['Mo 09:00-17:00']],
  ['Mon-Fri: 0830 to 1730 hrs\nSat\t1000-1400h', ['Mo-Fr 08:30-17:30', 'Sa 10:00-14:00']],
  ['Mo.-Fr. 8-12 u. 13-17 Uhr', ['Mo-Fr 08:00-12:00,13:00-17:00']],
  ['Mo–Fr 8–12, 13–17 Uhr', ['Mo-Fr 08:00-12:00,13:00-17:00']],
  ['Mon-Fri 9am to 5pm\nSat\t9 - 17', ['Mo-Fr 09:00-17:00', 'Sa 09:00-17:00']],
  ['Courses Monday 2019 - 2020, Friday 1000-1200 people', []],
  ['Pages 10-12 of 40', []],
];

const CLOSED =
  'closed Closed CLOSED geschlossen GESCHLOSSEN fermé Fermé cerrado chiuso gesloten stängt Lukket ' +
  'LUKKET zamknięte fechado encerrado Ruhetag выходной Выходной закрыто ЗАКРЫТО 定休日 休業 休診';

test('words for closed in all languages', () => {
  for (const word of CLOSED.split(' ')) {
    const text = `Mon-Fri 9am-5pm\nSun: ${word}\nSat ${word}`;
    const rules = ['Mo-Fr 09:00-17:00', 'Su closed', 'Sa closed'];
    assert.deepEqual(hoursInText(text), rules, word);
  }
  assert.deepEqual(hoursInText('Mon-Fri 9am-5pm\nSun: enclosed, Sat: closedown'), [
    'Mo-Fr 09:00-17:00',
  ]);
});

for (const [text, rules] of ROWS) {
  test(`hours: ${text.replace(/\s+/g, ' ')}`, () => assert.deepEqual(hoursInText(text), rules));
}

test('hours of the markup come first and are written the same way', () => {
  const view = { text: 'Mon-Fri 9am-5pm' } as PageView;
  const rules = ['Mo-Fr 09:00-17:00', 'Saturday 10am - 2pm', 'Su 00:00-00:00', 'by appointment'];
  const hours = rules.map((value) => ({
    value,
    method: 'json-ld',
    confidence: 0.95,
  }));
  const found = findHours(view, { hours } as unknown as StructuredData);
  assert.deepEqual(
    found.map((rule) => [rule.value, rule.method]),
    [
      ['Mo-Fr 09:00-17:00', 'json-ld'],
      ['Sa 10:00-14:00', 'json-ld'],
      ['Su closed', 'json-ld'],
      ['by appointment', 'json-ld'],
    ],
  );
});

test('a short name of two days is read in the language of the page', () => {
  const text = 'Po–Pá: 8:00–17:00\nSo: 9:00–12:00';
  for (const [lang, day] of [
    ['cs-CZ', 'Sa'],
    ['de', 'Su'],
  ] as const) {
    const rules = findHours({ text, lang } as PageView).map(({ value }) => value);
    assert.deepEqual(rules, ['Mo-Fr 08:00-17:00', `${day} 09:00-12:00`]);
  }
});
