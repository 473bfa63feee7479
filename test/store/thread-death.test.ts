/** The store's thread dies, of memory or otherwise: every call ends, and what was done stays. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);
const CALLER = fileURLToPath(fixture('store-caller.ts'));
const DYING = fixture('dying-store-thread.ts').href;
const DIE_AT = 5;

interface Said {
  readonly commits: readonly string[];
  readonly reads: readonly string[];
  readonly message: string;
  readonly found: { readonly records: number; readonly completed: number };
}

async function runAndDie(how: string): Promise<Said> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-thread-death-'));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', DYING, CALLER, path],
      { env: { ...process.env, DIE: how, DIE_AT: String(DIE_AT) }, timeout: 60_000 },
    );
    return JSON.parse(stdout) as Said;
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

describe('a store whose thread dies', () => {
  for (const [how, why] of [
    ['memory', /memory/],
    ['throw', /struck by the test/],
    ['exit', /stopped by itself/],
  ] as const) {
    it(`by ${how}, ends every call with store.lost and keeps what it said was done`, async () => {
      const { commits, reads, message, found } = await runAndDie(how);
      const done = commits.filter((end) => end === 'done').length;
      assert.equal(done, DIE_AT - 1, commits.join());
      assert.ok(commits.length > DIE_AT + 1);
      assert.deepEqual([...new Set(commits.slice(done))], ['store.lost']);
      assert.deepEqual([...new Set(reads)], ['store.lost']);
      assert.match(message, why);
      // The commit under way may have been made and not answered, whole or not at all.
      assert.ok(found.records === done || found.records === done + 1, `${found.records}`);
      assert.equal(found.completed, found.records);
    });
  }
});
