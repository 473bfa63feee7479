/** How a job stands, as the process says it that works on it: asked from another terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHOP_COLLECTOR } from '../dashboard/seed.ts';
import { openShops } from '../dashboard/shop-sites.ts';
import { jobIdOf, jsonLines, scratch, sluice, start } from './sluice-process.ts';

test('another terminal is told that a run waits, on what and until when', async (t) => {
  const shops = await openShops();
  t.after(() => shops.close());
  using data = scratch();
  const { path: cwd } = data;
  const env = { SLUICE_RESOLVE: `*=127.0.0.1:${shops.port}` };
  const rows = ['url', 'http://api.prices.example/a', 'http://api.prices.example/b', ''];
  const run = start(['run', SHOP_COLLECTOR, '-', '--progress', 'plain'], {
    ...{ cwd, env, stdin: rows.join('\n') },
  });
  t.after(() => run.child.kill('SIGKILL'));
  const id = await jobIdOf(run);
  await run.said(/^waiting .*asked for rest/m);
  const listed = await sluice(['jobs', 'ls'], { cwd });
  assert.match(listed.stdout, new RegExp(`^${id} +waiting `, 'm'));
  const waiting = await sluice(['jobs', 'ls', '--state', 'waiting', '--json'], { cwd });
  assert.deepEqual(
    jsonLines(waiting.stdout).map(({ id, state, shown }) => [id, state, shown]),
    [[id, 'running', 'waiting']],
  );
  const shown = await sluice(['jobs', 'show', id], { cwd });
  assert.match(shown.stdout, /Waiting for host api\.prices\.example: asked for rest until \d\d:/);
  const watch = start(['jobs', 'watch', id, '--progress', 'plain'], { cwd });
  t.after(() => watch.child.kill('SIGKILL'));
  await watch.said(/^waiting .*host api\.prices\.example: asked for rest/m);
  run.child.kill('SIGKILL');
  await Promise.all([run.ended, watch.ended]);
});
