import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Registry } from './registry.ts';

it('tells those who may not name files of names alone', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'prices.ts');
  await writeFile(path, "export const name = 'prices';\nexport async function* collect() {}\n");
  const registry = new Registry([], new URL('../index.ts', import.meta.url));
  await registry.register(path);
  const hint = (name: string) => {
    try {
      registry.named(name);
    } catch (error) {
      return (error as { hint?: string }).hint;
    }
  };
  assert.equal(hint('something-else'), 'There are: prices.');
  assert.equal(hint(path.replace('prices.ts', 'price.ts')), 'There are: prices.');
  await assert.rejects(registry.get('something-else'), /no collector named/);
});
