import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ProcessGuard } from './process-guard.ts';

test('what is watched is ended, frozen or not, and nothing else', async () => {
  const guard = new ProcessGuard();
  const [first, frozen, last, other] = Array.from({ length: 4 }, () => spawn('sleep', ['60']));
  const watched = [first, frozen, last] as const;
  for (const child of watched) guard.watch(child!);
  frozen!.kill('SIGSTOP');
  const ends = [frozen, last].map((child) => once(child!, 'exit'));
  first!.kill('SIGTERM');
  await once(first!, 'exit');
  await guard.close();
  assert.deepEqual(await Promise.all(ends), [
    [null, 'SIGKILL'],
    [null, 'SIGKILL'],
  ]);
  assert.equal(other!.exitCode ?? other!.signalCode, null);
  other!.kill('SIGKILL');
});

test('they end with who watched them, even where that is killed', async () => {
  const file = new URL('./process-guard.ts', import.meta.url).href;
  const text = `
    import { spawn } from 'node:child_process';
    import { ProcessGuard } from '${file}';
    const child = spawn('sleep', ['60'], { stdio: 'inherit' });
    new ProcessGuard().watch(child);
    console.error('watched');
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', text], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(parent.stderr, 'data');
  parent.kill('SIGKILL');
  // The pipe is closed when the last who holds it, the child, is gone.
  parent.stderr.resume();
  await once(parent.stderr, 'close');
});
