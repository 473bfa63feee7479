/** What becomes of a run that may open few files: slow work, or a sentence that says so. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { OPEN_FILES_MIN } from '../../src/main-open-files.ts';
import { BIN, scratch, start } from './sluice-process.ts';

const SITES = 80;
const REST_MS = 20;
const page = '<html><body><a href="mailto:office@site.test">Write</a></body></html>';

describe('with few open files', () => {
  const directory = scratch();
  const cwd = directory.path;
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    setTimeout(() => answer.end(page), REST_MS);
  });
  before(async () => {
    const sites = Array.from({ length: SITES }, (_, n) => `site-${n}.test`);
    writeFileSync(join(cwd, 'sites.csv'), ['website', ...sites].join('\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    server.close();
    directory[Symbol.dispose]();
  });

  const run = (files: number) => {
    const { port } = server.address() as AddressInfo;
    const words = ['run', 'contacts', 'sites.csv', '-o', `out-${files}.csv`, '--data', `d${files}`];
    const limited = ['/bin/sh', '-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, BIN];
    return start([...words, '--resolve', `*=127.0.0.1:${port}`], { cwd, command: limited }).ended;
  };

  it('does all of it, with as many sockets as are left', async () => {
    const { code, stderr } = await run(OPEN_FILES_MIN);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`${SITES} done, 0 failed`));
    assert.doesNotMatch(stderr, /EMFILE/);
  });

  it('says that they are too few', async () => {
    for (const files of [OPEN_FILES_MIN - 1, 32]) {
      const { code, stderr } = await run(files);
      assert.equal(code, 1, stderr);
      const sentence = `^error: This process may have ${files} files open at once, and needs`;
      assert.match(stderr, new RegExp(`${sentence}.*\\n.*ulimit -n 1024.*\\n.*open_files`));
    }
  });
});
