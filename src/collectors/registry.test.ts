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

it('names the line of a file that cannot be read, and what stands there', async (test) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-registry-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  const registry = new Registry([], new URL('../index.ts', import.meta.url));
  const broken = "export const name = 'x';\n\n  export const oops = ;\n";
  const place = (file: string, text = broken) => writeFile(join(folder, file), text);
  await place('package.json', '{"type":"module"}');
  for (const [file, text] of [
    ['broken.mjs', broken],
    ['broken.js', broken],
    ['broken.ts', broken],
    ['broken.cjs', "exports.name = 'x';\n\n  exports.oops = ;\n"],
  ] as const) {
    await place(file, text);
    await assert.rejects(registry.get(join(folder, file)), (error: Error) => {
      assert.match(error.message, new RegExp(`/${file} cannot be used: line 3: \\w.*, in \`exp`));
      assert.match(error.message, /, in `export.* ?oops = ;`\.$/);
      return true;
    });
  }
  await place('imports.mjs', "import './whole.mjs';\nimport './broken.mjs';\n");
  await place('whole.mjs', 'export const whole = 1;\n');
  await assert.rejects(
    registry.get(join(folder, 'imports.mjs')),
    /imports\.mjs cannot be used: line 3 of .*broken\.mjs: .*, in `export const oops = ;`\.$/,
  );
  await place('long.mjs', `const text = '${'x'.repeat(400)}' ';`);
  await assert.rejects(
    registry.get(join(folder, 'long.mjs')),
    /line 1: .*, in `const text = 'x{100,}…`\.$/,
  );
  await place('throws.mjs', "\nthrow new Error('not today');\n");
  await assert.rejects(registry.get(join(folder, 'throws.mjs')), /used: line 2: not today\.$/);
});
