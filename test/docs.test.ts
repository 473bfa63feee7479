/** The references equal what the code says, and links between documents lead somewhere. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { references } from '../docs/generate.ts';
import { SETTINGS } from '../src/model/settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function documents(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...docs, ...top.map((name) => join(ROOT, name))];
}

describe('documents', () => {
  it('that are made from the code are up to date (npm run docs)', async () => {
    for (const [path, text] of await references()) {
      assert.equal(readFileSync(join(ROOT, 'docs', path), 'utf8'), text, `docs/${path}`);
    }
  });

  it('name every command once', async () => {
    const headings = [...((await references()).get('cli.md') ?? '').matchAll(/^## sluice (.+)$/gm)];
    const names = headings.map(([, words]) => (words as string).replace(/ (?:&lt;|\[).*/, ''));
    for (const name of ['run', 'jobs ls', 'jobs download', 'config print', 'doctor', 'demo']) {
      assert.equal(names.filter((each) => each === name).length, 1, name);
    }
  });

  it('call settings by names that a configuration file takes', () => {
    const short = Object.keys(SETTINGS).flatMap((name) => /^(\w+)Ms$/.exec(name)?.[1] ?? []);
    const wrong = new RegExp(`(?<![\\w.])(?:${short.join('|')})(?!\\w)`, 'g');
    const found = documents().flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(wrong)].map(([name]) => `${path}: ${name}`),
    );
    assert.deepEqual(found, []);
  });

  it('link to files that exist', () => {
    const broken = documents().flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => match[1] as string)
        .filter((target) => !existsSync(join(dirname(path), target)))
        .map((target) => `${path} links to ${target}`),
    );
    assert.deepEqual(broken, []);
  });
});
