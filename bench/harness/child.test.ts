import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runChild } from './child.ts';

async function withProgram(text: string, body: (file: URL) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-child-'));
  try {
    const path = join(directory, 'program.mjs');
    writeFileSync(path, text);
    await body(pathToFileURL(path));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a contender answers with its last line, and the kernel tells what it used', async () => {
  const text = `
    const input = JSON.parse(process.argv.at(-1));
    const held = Buffer.alloc(input.bytes, 1);
    console.log('a word before');
    console.log(JSON.stringify({ bytes: held.length }));
  `;
  await withProgram(text, async (file) => {
    const bytes = 100_000_000;
    const run = await runChild<{ bytes: number }>({ file, input: { bytes } });
    assert.equal(run.value.bytes, bytes);
    assert.ok(run.peakBytes > bytes, `${run.peakBytes}`);
    assert.ok(run.cpuMs > 0 && run.wallMs > 0);
  });
});

test('a contender that fails or says nothing is an error', async () => {
  await withProgram('console.error("it broke"); process.exit(3)', async (file) => {
    await assert.rejects(runChild({ file }), /ended with 3: it broke/);
  });
  await withProgram('', async (file) => {
    await assert.rejects(runChild({ file }), SyntaxError);
  });
});

test('a contender that hangs is ended', async () => {
  await withProgram('setInterval(() => {}, 1000)', async (file) => {
    await assert.rejects(runChild({ file, timeoutMs: 500 }), /SIGKILL/);
  });
});
