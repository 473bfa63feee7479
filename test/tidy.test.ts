/**
 * The rules of the house, checked: layers, banned calls, bounds of files, one folder for each
 * third-party package. Style without reviewers.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINES_MAX = 400;
const MEDIAN_LINES_MAX = 130;
const COLUMNS_MAX = 100;
/** A sentence for people stays in one piece, to be searched for; a pattern cannot be broken. */
const UNBREAKABLE = /^\s*\/[^/*]|(['"`]).{50,}\1/;

/** Lower layers first; folders of one entry are siblings and do not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['model'],
  ['admission', 'retry', 'accounts', 'bigquery'],
  ['store', 'transport', 'workers', 'sources', 'sinks', 'cluster', 'collectors'],
  ['engine'],
  ['server', 'cli', 'dashboard'],
  [''],
];

/** Time and chance come as arguments; only `base/` may ask the machine. */
const BANNED_OUTSIDE_BASE = [
  /\bDate\.now\(/,
  /\bperformance\.now\(/,
  /\bMath\.random\(/,
  /\b(?:setTimeout|setInterval|setImmediate)\(/,
  /\bprocess\.hrtime\b/,
];

const BANNED_EVERYWHERE = [
  /\b(?:TODO|FIXME|XXX|HACK)\b/,
  /\b(?:test|it|describe)\.(?:only|todo)\b/,
  /\bconsole\.(?:log|debug)\(/,
  /\bdebugger\b/,
];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'))
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      const name = relative(ROOT, path).replaceAll('\\', '/');
      return { path: name, text, lines: text.split('\n') };
    });
}

const src = filesIn('src');
const code = src.filter((file) => !file.path.endsWith('.test.ts'));
const everything = [...src, ...filesIn('sandbox'), ...filesIn('test'), ...filesIn('examples')];

/** Folder of a file in src: `engine` for `src/engine/x.ts`, '' for `src/main.ts`. */
function folderOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] as string) : '';
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((folders) => folders.includes(folder));
}

function importsOf(file: SourceFile): string[] {
  const found = file.text.matchAll(
    /(?:^|\n)(?:import|export)\b[^;'"]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  );
  return [...found].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

function complain(problems: readonly string[]): void {
  assert.deepEqual(problems, [], problems.join('\n'));
}

describe('tidy', () => {
  it('imports only from lower layers or its own folder', () => {
    complain(
      code.flatMap((file) => {
        const folder = folderOf(file.path);
        assert.ok(layerOf(folder) >= 0, `${file.path} is in no layer`);
        return importsOf(file)
          .filter((target) => target.startsWith('.'))
          .map((target) => posix.normalize(posix.join(dirname(file.path), target)))
          .filter((target) => target.startsWith('src/'))
          .filter((target) => {
            const other = folderOf(target);
            return other !== folder && layerOf(other) >= layerOf(folder);
          })
          .map((target) => `${file.path} imports ${target}`);
      }),
    );
  });

  it('imports a third-party package in one folder only', () => {
    const users = new Map<string, Set<string>>();
    for (const file of code) {
      for (const target of importsOf(file)) {
        if (target.startsWith('.') || target.startsWith('node:')) continue;
        const name = target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/');
        // The schema library is part of the language in which the house speaks.
        if (name === 'zod') continue;
        users.set(name, (users.get(name) ?? new Set()).add(folderOf(file.path)));
      }
    }
    complain(
      [...users]
        .filter(([, folders]) => folders.size > 1)
        .map(([name, folders]) => `${name} is imported by ${[...folders].join(', ')}`),
    );
  });

  it('asks no clock and no dice outside base', () => {
    const allowed = /^src\/base\//;
    complain(
      find(
        code.filter((file) => !allowed.test(file.path)),
        BANNED_OUTSIDE_BASE,
      ),
    );
  });

  it('leaves no marker behind', () => {
    const self = 'test/tidy.test.ts';
    complain(
      find(
        everything.filter((file) => file.path !== self),
        BANNED_EVERYWHERE,
      ),
    );
  });

  it('keeps files and lines short', () => {
    const long = everything.filter((file) => file.lines.length > LINES_MAX + 1);
    complain(long.map((file) => `${file.path} has ${file.lines.length} lines`));
    complain(
      code.flatMap((file) =>
        file.lines
          .map((line, i) => ({ line, i }))
          .filter(({ line }) => line.length > COLUMNS_MAX && !UNBREAKABLE.test(line))
          .map(({ i }) => `${file.path}:${i + 1} is longer than ${COLUMNS_MAX} columns`),
      ),
    );
    const sizes = code.map((file) => file.lines.length).sort((a, b) => a - b);
    const median = sizes[sizes.length >> 1] ?? 0;
    assert.ok(median <= MEDIAN_LINES_MAX, `the median file has ${median} lines`);
  });

  it('has no default exports and no barrels', () => {
    const barrel = /^export \* from/m;
    complain(
      code
        .filter((file) => /^export default\b/m.test(file.text) || barrel.test(file.text))
        .map((file) => file.path),
    );
  });

  it('names files in kebab-case', () => {
    complain(
      everything
        .filter(
          (file) =>
            !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.tsx?$/.test(posix.basename(file.path)),
        )
        .map((file) => file.path),
    );
  });
});

function find(files: readonly SourceFile[], patterns: readonly RegExp[]): string[] {
  return files.flatMap((file) =>
    file.lines.flatMap((line, i) =>
      patterns
        .filter((pattern) => pattern.test(line))
        .map((pattern) => `${file.path}:${i + 1} has ${pattern.source}`),
    ),
  );
}
