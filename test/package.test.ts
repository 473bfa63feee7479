/** What is published and what is declared: no more than is of use. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Packed {
  readonly files: readonly { readonly path: string }[];
}

/** Paths in the package, `dist` apart: it is built just before. */
function packedFiles(): string[] {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json'];
  const printed = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  const [packed] = Object.values(JSON.parse(printed) as Record<string, Packed>);
  return (packed as Packed).files
    .map(({ path }) => path)
    .filter((path) => !path.startsWith('dist/'));
}

function sourcesIn(folder: string): string {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

describe('the package', () => {
  it('holds the documentation, and not what makes it', () => {
    const files = packedFiles();
    for (const path of ['README.md', 'LICENSE', 'bin/sluice.js', 'docs/start.md', 'docs/run.svg']) {
      assert.ok(files.includes(path), `${path} is missing`);
    }
    const others = files.filter((path) => /^(docs\/.*\.ts|test\/|bench\/|src\/)/.test(path));
    assert.deepEqual(others, []);
  });
});

describe('the recorded benchmarks', () => {
  it('come with the package, beside what is compiled', async () => {
    const { BUILT_RESULTS, RESULTS } = await import('../src/main-bench-runs.ts');
    assert.equal(fileURLToPath(RESULTS), join(ROOT, 'bench/results/'));
    // As seen from `dist/src/main-bench-runs.js`.
    const compiled = new URL('../dist/src/main-bench-runs.js', import.meta.url);
    assert.equal(fileURLToPath(new URL(BUILT_RESULTS, compiled)), join(ROOT, 'dist/bench/'));
    const build = readFileSync(join(ROOT, 'src/dashboard-build.ts'), 'utf8');
    assert.match(build, /await cp\(RESULTS, built\('bench'\)/);
  });
});

describe('the benchmarks', () => {
  it('have a use for every package that they declare', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'bench/package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const text = sourcesIn('bench');
    const unused = Object.keys(dependencies).filter((name) => !text.includes(`from '${name}'`));
    assert.deepEqual(unused, []);
  });
});
