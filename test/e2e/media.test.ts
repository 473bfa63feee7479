/** Media as users look into them: a list of paths and addresses, with models and without. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type MediaSite, startMedia } from '../../sandbox/media/start-media.ts';
import { type OpenAi, startOpenAi } from '../../sandbox/openai/start-openai.ts';
import { judgeGroups, judgeMedia } from '../../src/cli/demo/media-truth.ts';
import type { MediaRecord } from '../../src/collectors/media/media-record.ts';
import { type Ended, scratch, sluice, start } from './sluice-process.ts';

interface Line {
  readonly status: string;
  readonly error: { readonly code: string } | null;
  readonly records: readonly MediaRecord[];
}

const jobOf = ({ stderr }: Ended) => /Job (j_\w+)/.exec(stderr)?.[1] ?? '';

describe('media', () => {
  const folder = scratch();
  let site: MediaSite;
  let ai: OpenAi;
  before(async () => {
    site = await startMedia({ directory: join(folder.path, 'media'), count: 3, seed: 5 });
    ai = await startOpenAi({ key: 'k', faultShare: 0.1, ratePerSecond: 40, burst: 10 });
  });
  after(async () => {
    await site.close();
    await ai.close();
    folder[Symbol.dispose]();
  });
  const env = (more: Readonly<Record<string, string>> = {}) => ({
    SLUICE_ALLOW_HOSTS: `127.0.0.1:${site.port}`,
    ...more,
  });
  const withModels = () => env({ SLUICE_LLM_BASE_URL: `${ai.url}/v1`, SLUICE_LLM_API_KEY: 'k' });
  const readLines = (file: string): Line[] =>
    readFileSync(join(folder.path, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
  const judge = (lines: readonly Line[], models: boolean) => {
    const rows = site.rows.map((truth, at) => ({ truth, record: lines[at]?.records[0] }));
    const verdicts = rows.map(({ truth, record }) =>
      judgeMedia(truth, record, { models, ocr: models }),
    );
    assert.deepEqual(
      verdicts.flatMap(({ wrong }) => wrong),
      [],
    );
    const { missed, invented } = judgeGroups(rows);
    assert.deepEqual({ missed, invented }, { missed: 0, invented: 0 });
  };

  it('are as the truth has them, through faults and limits of the endpoint', async () => {
    const args = ['run', 'media', site.csvFile, '--out', 'out.jsonl'];
    const ended = await sluice(args, { cwd: folder.path, env: withModels() });
    assert.equal(ended.code, 3, ended.stderr);
    judge(readLines('out.jsonl'), true);
    // What was on its way when another one was refused comes early, and no more than that.
    const { early, statuses } = ai.stats();
    assert.ok(early <= 6 * (statuses[429] ?? 0), JSON.stringify(ai.stats()));
    const report = await sluice(['report', jobOf(ended)], { cwd: folder.path });
    assert.equal(report.code, 0, report.stderr);
    const images = site.rows.filter(({ kind }) => kind === 'image').length;
    assert.match(report.stdout, new RegExp(`<td>image</td><td>${images}</td>`));
  });

  it('say what was not done where there is no endpoint, and are told as a table', async () => {
    const args = ['run', 'media', site.csvFile, '--data', 'other', '--opt', 'ocr=false'];
    const ended = await sluice([...args, '--out', 'plain.jsonl'], { cwd: folder.path, env: env() });
    assert.equal(ended.code, 3, ended.stderr);
    const lines = readLines('plain.jsonl');
    judge(lines, false);
    for (const { records } of lines) {
      for (const { kind, steps, transcript, image } of records) {
        assert.equal(transcript ?? image?.caption, undefined);
        const asked = steps.filter(({ step }) => step === 'transcript' || step === 'caption');
        for (const { state, how } of asked) {
          assert.equal(state, 'skipped');
          assert.match(how ?? '', /SLUICE_LLM_BASE_URL/);
        }
        if (kind === 'text') assert.ok(steps.some(({ step }) => step === 'translation'));
      }
    }
    const { code, stdout } = await sluice(
      ['jobs', 'download', jobOf(ended), '--data', 'other', '--format', 'csv'],
      { cwd: folder.path, env: env() },
    );
    assert.equal(code, 0);
    assert.match(
      stdout.split('\n')[0] ?? '',
      /^file,note,kind,format,size,.*,details,status,error$/,
    );
  });

  it('with a wrong key pause the job; with the right one it goes on', async () => {
    writeFileSync(
      join(folder.path, 'one.csv'),
      `file\n${join(folder.path, 'media/files/text-1.txt')}\n`,
    );
    const data = ['--data', 'keys'];
    const args = [
      'run',
      'media',
      'one.csv',
      '--opt',
      'translateTo=en',
      '--out',
      'one.jsonl',
      ...data,
    ];
    const wrong = { ...withModels(), SLUICE_LLM_API_KEY: 'wrong' };
    const first = await sluice(args, { cwd: folder.path, env: wrong });
    assert.notEqual(first.code, 0);
    assert.match(first.stdout + first.stderr, /Incorrect API key/);
    const id = jobOf(first);
    const options = { cwd: folder.path, env: withModels() };
    const second = await sluice(['jobs', 'resume', id, ...data], options);
    assert.equal(second.code, 0, second.stderr);
    const { stdout } = await sluice(
      ['jobs', 'download', id, '--format', 'jsonl', ...data],
      options,
    );
    const { records } = JSON.parse(stdout.split('\n')[0] ?? '') as Line;
    assert.match(records[0]?.translation?.text ?? '', /^\[en\] Die bibliothek/);
  });

  it('of a server are only those in its directories', async () => {
    const inside = join(folder.path, 'media/files/text-0.txt');
    const outside = join(folder.path, 'list.csv');
    writeFileSync(join(folder.path, 'list.csv'), `file\n${inside}\n${outside}\ntext-1.txt\n`);
    const options = { cwd: folder.path, env: env({ SLUICE_MEDIA_FROM: 'media/files' }) };
    const server = start(['serve', '--port', '0', '--json', '--data', 'served'], options);
    const [line] = await server.said(/\{"type":"serving".*\}/);
    const { url, firstKey } = JSON.parse(line) as { url: string; firstKey: string };
    const ended = await sluice(['run', 'media', 'list.csv', '--out', 'served.jsonl'], {
      cwd: folder.path,
      env: { SLUICE_SERVER: url, SLUICE_TOKEN: firstKey },
    });
    server.child.kill('SIGTERM');
    await server.ended;
    assert.equal(ended.code, 3, ended.stderr);
    const ends = readLines('served.jsonl').map(({ status, error }) => error?.code ?? status);
    assert.deepEqual(ends, ['completed', 'media.not_allowed', 'completed']);
  });
});
