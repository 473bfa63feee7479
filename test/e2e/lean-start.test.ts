/** What a start loads is what it takes: a run needs neither `fetch` nor all of undici. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { scratch, sluice } from './sluice-process.ts';

const TELLS = `process.once('exit', () => {
  const heavy = process.moduleLoadList.filter((name) => name.endsWith('deps/undici/undici'));
  const files = Object.keys(process.getBuiltinModule('node:module')._cache);
  heavy.push(...files.filter((file) => /undici.lib.(web|mock|interceptor)/.test(file)));
  process.stderr.write('HEAVY ' + JSON.stringify(heavy));
});`;

it('a run loads no HTTP client beside the one that it fetches with', async () => {
  using directory = scratch();
  const cwd = directory.path;
  const server = createServer((_, answer) => answer.end('<p>info@first.example'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(cwd, 'tell.mjs'), TELLS);
    writeFileSync(join(cwd, 'input.csv'), 'website\nhttp://www.first.example/\n');
    const args = ['run', 'contacts', 'input.csv', '--quiet', '--resolve', `*=127.0.0.1:${port}`];
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(join(cwd, 'tell.mjs')).href}` };
    const ended = await sluice(args, { cwd, env });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /info@first\.example/);
    assert.deepEqual(JSON.parse(ended.stderr.split('HEAVY ').at(-1) ?? ''), [], ended.stderr);
  } finally {
    server.close();
  }
});
