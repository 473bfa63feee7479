/** The whole of it: the sandbox's list in, its contacts out, held against the sandbox's truth. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'csv-parse/sync';
import type { TruthRow } from '../../sandbox/sites/truth.ts';
import { endedAsExpected } from '../../src/cli/demo/expected-ends.ts';
import { readTruth } from '../../src/cli/demo/findings.ts';
import { type SandboxProcess, startSandboxProcess } from '../../src/cli/demo/sandbox-process.ts';
import type { ContactRecord } from '../../src/collectors/contacts/contact-record.ts';
import { type Ended, jsonLines, scratch, sluice } from './sluice-process.ts';

type Details = Pick<
  ContactRecord,
  'emails' | 'phones' | 'socials' | 'addresses' | 'company' | 'hours'
>;

const directory = scratch();
const output = join(directory.path, 'out.csv');
let sandbox: SandboxProcess;
let truth: readonly TruthRow[];
let rows: Record<string, string>[];
let ended: Ended;

before(async () => {
  sandbox = await startSandboxProcess(300, directory.path);
  truth = await readTruth(sandbox.truthFile);
  ended = await sluice(
    [
      ...['run', 'contacts', sandbox.csvFile, '--column', 'website', '-o', output, '--json'],
      ...['--request-timeout', '4s'],
      ...sandbox.resolveRules.flatMap((rule) => ['--resolve', rule]),
    ],
    { cwd: directory.path },
  );
  rows = parse(readFileSync(output), { columns: true, bom: true });
});

after(async () => {
  await sandbox.close();
  directory[Symbol.dispose]();
});

describe('contacts of the sandbox', () => {
  it('answers every row, in order, with its own cells untouched', () => {
    assert.equal(ended.code, 3, ended.stderr);
    assert.equal(rows.length, truth.length);
    const input: Record<string, string>[] = parse(readFileSync(sandbox.csvFile), {
      columns: true,
      bom: true,
    });
    input.forEach((row, i) => {
      for (const [name, cell] of Object.entries(row)) assert.equal(rows[i]?.[name], cell);
    });
  });

  it('ends each row as the behaviour of its site asks', () => {
    const wrong = truth.flatMap((expected, i) => {
      const { status = '', error = '' } = rows[i] ?? {};
      const code = error.split(':')[0] ?? '';
      const result = {
        state: status === 'completed' ? ('completed' as const) : ('discarded' as const),
        failure:
          code === '' ? undefined : { class: 'invalid' as const, code, message: error, hint: '' },
      };
      if (endedAsExpected(expected.expect, result)) return [];
      return [`row ${expected.row} (${expected.behaviour}): ${status} ${error}`];
    });
    assert.deepEqual(wrong, []);
  });

  it('finds what is there, and little else', () => {
    const kinds = scores();
    const report = Object.entries(kinds).map(
      ([kind, { right, found, there, misses }]) =>
        `${kind}: recall ${(right / there).toFixed(4)}, precision ${(right / found).toFixed(4)}` +
        `\n  ${misses.slice(0, 20).join('\n  ')}`,
    );
    if (process.env.SHOW_SCORES) process.stderr.write(`${report.join('\n')}\n`);
    for (const [kind, floor] of Object.entries(FLOORS)) {
      const { right, found, there } = kinds[kind] as Score;
      assert.ok(right / there >= floor.recall, report.join('\n'));
      assert.ok(right / found >= floor.precision, report.join('\n'));
    }
  });

  it('says of the list of failures that websites are told of once', async () => {
    const jobId = String(jsonLines(ended.stdout)[0]?.jobId);
    const failed = ['jobs', 'download', jobId, '--failed', '-o', 'failed.csv'];
    const { stderr } = await sluice(failed, { cwd: directory.path });
    assert.match(stderr, /^\d+ failed rows, without those like an earlier one: failed\.csv\n$/);
  });

  it('counts records as the job does, however often a row repeats', async () => {
    const { jobId, records } = jsonLines(ended.stdout).at(-1) as Record<string, number | string>;
    const all = await sluice(['jobs', 'download', String(jobId), '-o', 'all.csv'], {
      cwd: directory.path,
    });
    assert.equal(all.stderr, `${truth.length} rows with ${records} records: all.csv\n`);
  });

  it('tells a machine what it did, line by line', () => {
    const lines = jsonLines(ended.stdout);
    assert.equal(ended.stderr, '');
    assert.deepEqual(
      [lines[0]?.schema, lines[0]?.type, lines.at(-1)?.type],
      [1, 'start', 'summary'],
    );
    const summary = lines.at(-1) as Record<string, number | string>;
    const failed = rows.filter(({ status }) => status === 'failed').length;
    assert.equal(summary.jobId, lines[0]?.jobId);
    assert.equal(summary.rows, truth.length);
    assert.equal(summary.tasks, truth.length - (summary.duplicates as number));
    assert.equal(summary.failed, failed);
    assert.equal(summary.completed, (summary.tasks as number) - failed);
    assert.equal(summary.cancelled, 0);
    assert.equal(summary.records, summary.completed);
    assert.ok((summary.durationMs as number) > 0);
    assert.equal(summary.output, output);
    const numbered = lines.filter(({ seqNo }) => seqNo !== undefined).map(({ seqNo }) => seqNo);
    assert.deepEqual(
      numbered,
      numbered.toSorted((a, b) => Number(a) - Number(b)),
    );
  });
});

interface Score {
  right: number;
  found: number;
  there: number;
  misses: string[];
}

/** A little below what was measured on this list. */
const FLOORS: Readonly<Record<string, { readonly recall: number; readonly precision: number }>> = {
  email: { recall: 0.995, precision: 0.995 },
  phone: { recall: 0.995, precision: 0.995 },
  social: { recall: 0.995, precision: 0.995 },
  address: { recall: 0.995, precision: 0.995 },
  company: { recall: 0.98, precision: 0.98 },
  fax: { recall: 0.995, precision: 0.995 },
  hours: { recall: 0.995, precision: 0.995 },
};

function scores(): Readonly<Record<string, Score>> {
  const kinds: Record<string, Score> = {};
  truth.forEach(({ expect, behaviour, row, website }, i) => {
    const cell = rows[i]?.details ?? '';
    if (expect.status !== 'completed' || cell === '') return;
    const details = JSON.parse(cell) as Details;
    const { address } = expect;
    const score = (kind: string, there: readonly string[], found: readonly string[]) => {
      const entry = (kinds[kind] ??= { right: 0, found: 0, there: 0, misses: [] });
      const right = there.filter((value) => found.includes(value));
      entry.right += right.length;
      entry.found += found.length;
      entry.there += there.length;
      if (right.length === there.length && found.length === right.length) return;
      const missed = there.filter((value) => !found.includes(value));
      const extra = found.filter((value) => !there.includes(value));
      const where = `row ${row} ${website} (${behaviour})`;
      entry.misses.push(`${where}: missed [${missed}], extra [${extra}]`);
    };
    const byKind = (kind: 'phone' | 'fax') =>
      unique(details.phones.filter((phone) => phone.kind === kind));
    score('email', expect.emails, unique(details.emails));
    score('phone', expect.phones, byKind('phone'));
    score('fax', expect.fax, byKind('fax'));
    score(
      'social',
      [...expect.socials, ...expect.linkedinPeople],
      details.socials.map(({ value }) => value),
    );
    const addressText = (a: { street: string; city: string; postalCode: string }) =>
      [a.street, a.city, a.postalCode].join('|');
    score(
      'address',
      address === null ? [] : [addressText(address)],
      details.addresses.map(addressText),
    );
    score('company', named(expect.company), named(details.company?.value ?? ''));
    // The truth lists opening hours; that a day is closed is found as well.
    const open = details.hours.filter(({ value }) => !value.endsWith(' closed'));
    score('hours', expect.hours, unique(open));
  });
  return kinds;
}

function unique(found: readonly { readonly value: string }[]): string[] {
  return [...new Set(found.map(({ value }) => value))];
}

function named(company: string): string[] {
  return company === '' ? [] : [company];
}
