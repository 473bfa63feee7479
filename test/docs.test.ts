/** The references equal what the code says, and links between documents lead somewhere. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { references } from '../docs/generate.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function documents(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...docs, ...top.map((name) => join(ROOT, name))];
}

describe('documents', () => {
  for (const [path, text] of references()) {
    it(`docs/${path} is up to date (npm run docs)`, () => {
      assert.equal(readFileSync(join(ROOT, 'docs', path), 'utf8'), text);
    });
  }

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
