import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExportAnswer, judgeExport } from './judge-export.ts';

const LOGIN = { user: 'report1', password: 'Sec-ret_1&2' };
const NOW_MS = 1_000_000;
const FORM =
  '<HTML><BODY><FORM ACTION="#" METHOD=GET><INPUT TYPE=HIDDEN NAME=run_export VALUE="1"></FORM>';

function judge(head: string, more: Partial<ExportAnswer> = {}) {
  const answer = { url: 'https://dialler.example/vicidial/x.php', status: 200, headers: {}, head };
  return judgeExport({ ...answer, ...more }, LOGIN, NOW_MS);
}

const file = {
  headers: { 'content-disposition': 'attachment; filename="EXPORT_CALL_REPORT_1.txt"' },
};

describe('an answer of an export page', () => {
  it('is a file by its headers alone', () => {
    assert.equal(judge('', file).kind, 'rows');
    assert.equal(judge('There are no calls', { ...file, status: 500 }).kind, 'fail');
  });

  const empty = [
    'There are no outbound calls during this time period for these parameters\n',
    'There are no inbound calls during this time period for these parameters\n',
    'There are no calls during this time period for these parameters\n',
    '\nThere are no leads during this time period',
  ];
  for (const sentence of empty) {
    it(`is empty: ${sentence.trim().slice(0, 30)}`, () => {
      assert.equal(judge(sentence).kind, 'empty');
    });
  }

  it('is the form', () => {
    assert.equal(judge(FORM).kind, 'form');
  });

  it('refuses the login for good, or for a while', () => {
    const bad = `Login incorrect, please try again: |report1|${LOGIN.password}|BAD|\n`;
    const locked = 'Too many login attempts, try again in 15 minutes: |report1|LOCK|\n';
    const verdict = judge(bad, { status: 401 });
    assert.equal(verdict.kind === 'login' && verdict.untilMs, undefined);
    assert.equal(judge(`ERROR: ${bad}`).kind, 'login');
    assert.equal(judge('<h1>401 Unauthorized</h1>', { status: 401 }).kind, 'login');
    const lock = judge(locked);
    assert.equal(lock.kind === 'login' && lock.untilMs, NOW_MS + 900_000);
  });

  const failures: readonly (readonly [string, string, Partial<ExportAnswer>?])[] = [
    ['campaigns.ip_blocked', 'Your IP Address is not allowed: 10.0.0.9: |report1|IPBLOCK|'],
    ['campaigns.no_right', 'You are not allowed to view reports: |report1|GOOD|'],
    ['campaigns.no_right', 'You do not have permissions for export reports: |report1|'],
    [
      'campaigns.no_right',
      'You are not allowed to view this report: |report1|Export Calls Report|',
      { status: 401 },
    ],
    ['campaigns.php', '<br />\n<b>Warning</b>:  mysqli_fetch_row() expects parameter 1'],
    ['campaigns.php', 'PHP Warning:  Undefined variable'],
    ['campaigns.database', "MySQL connect ERROR: SQLSTATE[HY000] [2002] Can't connect"],
    ['campaigns.database', 'You have an error in your SQL syntax; check the manual'],
    ['campaigns.other_page', '<!DOCTYPE html><title>Sign in</title><form><input name=a></form>'],
    ['campaigns.not_an_export', 'call_date\tphone_number_dialed\tstatus\r\n'],
    ['campaigns.not_an_export', ''],
    ['http.500', '<h1>Internal Server Error</h1>', { status: 500 }],
    ['http.404', '<h1>Not Found</h1>', { status: 404 }],
  ];
  for (const [code, head, more] of failures) {
    it(`fails with ${code}: ${head.slice(0, 40).trim()}`, () => {
      const verdict = judge(head, more);
      assert.equal(verdict.kind === 'fail' && verdict.failure.code, code);
    });
  }

  it('never shows the password, however it is written', () => {
    const forms = [
      LOGIN.password,
      'Sec-ret_12',
      encodeURIComponent(LOGIN.password),
      'Sec-ret_1&amp;2',
      Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64'),
    ];
    for (const form of forms) {
      for (const said of [`<html><body>hello ${form}`, `oops |report1|${form}|BAD| ${form}`]) {
        const verdict = judge(said);
        const shown = JSON.stringify(verdict);
        assert.ok(!shown.includes(form), shown);
        assert.match(shown, /•••/);
      }
    }
  });
});
