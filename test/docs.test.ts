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

function pages(): string[] {
  return readdirSync(join(ROOT, 'src/dashboard'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.tsx'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const CODE_BLOCKS = /^(?:npx )?sluice ([a-z](?:[^\n#|<>&'"\\]|\\\n)*)/gm;
const CODE_ELEMENTS = /(?:<code>\s*|`)sluice ([a-z][^`<{$']*)/g;

/** Without what is quoted, and what a shell does with the rest. */
function shownIn(paths: readonly string[], command: RegExp): string[] {
  return paths
    .filter((path) => !path.endsWith('cli.md'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(command)])
    .map(([, words]) => (words as string).replace(/\\?\s+/g, ' ').trim());
}

interface Command {
  readonly depth: number;
  readonly takes: number;
  readonly options: ReadonlySet<string>;
}

const EVERYWHERE =
  '--data --config --tenant --json --progress --color -q --quiet -v --verbose --help';

function commandsOf(reference: string): ReadonlyMap<string, Command> {
  const sections = reference.split(/^## sluice /m).slice(1);
  return new Map(
    sections.map((section) => {
      const heading = section.slice(0, section.indexOf('\n'));
      const name = heading.replace(/ (?:&lt;|\[).*/, '');
      const takes = heading.includes('...') ? 100 : heading.split(/&lt;|\[/).length - 1;
      const options = [...section.matchAll(/^\| `([^`]+)` \|/gm)].flatMap(([, term]) =>
        (term as string).split(/[ ,]+/).filter((word) => word.startsWith('-')),
      );
      const all = new Set([...EVERYWHERE.split(' '), ...options]);
      return [name, { depth: name.split(' ').length, takes, options: all }];
    }),
  );
}

function isKnown({ options }: Command, word: string): boolean {
  return !/^--?[a-z]/.test(word) || options.has(word);
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

  it('and the dashboard show commands with arguments and options that there are', async () => {
    const known = commandsOf((await references()).get('cli.md') ?? '');
    const shown = [...shownIn(documents(), CODE_BLOCKS), ...shownIn(pages(), CODE_ELEMENTS)];
    assert.ok(shown.length > 50, `${shown.length}`);
    const wrong = shown.filter((line) => {
      const words = line.split(/ +/);
      const name = [3, 2, 1].map((length) => words.slice(0, length).join(' '));
      const command = name.flatMap((each) => known.get(each) ?? [])[0];
      if (command === undefined) return true;
      const rest = words.slice(command.depth);
      const firstOption = rest.findIndex((word) => word.startsWith('-'));
      const given = firstOption === -1 ? rest.length : firstOption;
      return given > command.takes || rest.some((word) => !isKnown(command, word));
    });
    assert.deepEqual(wrong, []);
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
