import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { downloadCommand, hintHere, jobCommand, resumeCommand } from './next-command.ts';

const FLAGS = {
  data: 'my data',
  config: 'other.json',
  resolve: ['*=127.0.0.1:80', 'a.test=127.0.0.1:81'],
  allowHost: ['127.0.0.1'],
  robots: false,
  hostRate: '5/s',
  hostConcurrency: '0',
  requestTimeout: '2s',
  fresh: true,
  output: 'out.txt',
  format: 'csv',
  records: true,
  safeFormulas: 'all',
  allowFailed: '2%',
  timeout: '5m',
  column: 'website',
  json: false,
};

describe('the next command', () => {
  it('resumes with everything that belongs to the process', () => {
    assert.equal(
      resumeCommand('j_1', FLAGS),
      "sluice jobs resume j_1 --data 'my data' --config other.json" +
        " --resolve '*=127.0.0.1:80' --resolve a.test=127.0.0.1:81 --allow-host 127.0.0.1" +
        ' --host-rate 5/s --host-concurrency 0 --request-timeout 2s --fresh --no-robots' +
        ' -o out.txt --format csv --records --safe-formulas all --allow-failed 2%',
    );
  });

  it('is short where nothing was given', () => {
    const flags = { robots: true, safeFormulas: true };
    assert.equal(resumeCommand('j_1', flags), 'sluice jobs resume j_1 --safe-formulas');
    assert.equal(jobCommand('show', 'j_1', flags), 'sluice jobs show j_1');
  });

  it('names the server, and not the key for it', () => {
    const flags = { server: 'http://127.0.0.1:8787', token: 'secret' };
    assert.equal(
      jobCommand('watch', 'j_1', flags),
      'sluice jobs watch j_1 --server http://127.0.0.1:8787',
    );
  });

  it('leads from a hint to the same place', () => {
    const hint = 'Start `sluice serve`; `sluice jobs show j_1` says why, --data DIR where.';
    assert.equal(
      hintHere(hint, { data: 'my data', hostRate: '5/s' }),
      "Start `sluice serve --data 'my data'`; `sluice jobs show j_1 --data 'my data'` says why, " +
        '--data DIR where.',
    );
    assert.equal(
      hintHere(hint, { server: 'http://h:1' }),
      'Start `sluice serve`; `sluice jobs show j_1 --server http://h:1` says why, --data DIR where.',
    );
    assert.equal(hintHere(hint, {}), hint);
  });

  it('downloads into the file that was named, or into one of another name', () => {
    assert.match(downloadCommand('j_1', FLAGS), /--config other.json -o out.txt --format csv /);
    const flags = { output: '-', format: 'jsonl' };
    assert.equal(downloadCommand('j_1', flags), 'sluice jobs download j_1 -o results.csv');
  });
});
