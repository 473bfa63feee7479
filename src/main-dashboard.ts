/**
 * The dashboard as files: from `dist/dashboard` where the package was built, else made from its
 * sources when somebody first asks, which takes a tenth of a second. So a clone needs no step of
 * its own, and a page can never be older than its sources.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SluiceError } from './base/errors.ts';
import type { Dashboard, DashboardFile } from './server/dashboard.ts';

const IS_SOURCE = import.meta.url.endsWith('.ts');
const BUILT = fileURLToPath(new URL('../dashboard/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export function openDashboard(): Promise<Dashboard> {
  return IS_SOURCE ? buildDashboard() : readDashboard(BUILT);
}

/** Makes it from `src/dashboard`. */
export async function buildDashboard(): Promise<Dashboard> {
  const { build } = await import('esbuild').catch((cause: unknown) => {
    throw new SluiceError('dashboard.not_built', {}, { cause });
  });
  const source = (name: string) =>
    fileURLToPath(new URL(`./dashboard/${name}`, new URL('.', import.meta.url)));
  const { outputFiles, metafile } = await build({
    entryPoints: { app: source('app.tsx'), theme: source('theme.css'), icon: source('icon.svg') },
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: ['es2023', 'chrome123', 'firefox120', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.svg': 'copy' },
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
    outdir: 'assets',
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    write: false,
    metafile: true,
    legalComments: 'none',
    banner: { js: '/*! Sluice, with Preact, Preact Signals and uPlot: MIT licences */' },
    logLevel: 'silent',
  });
  const files = outputFiles.map(({ path, contents }) => fileOf(basename(path), contents));
  const named = (start: string) => files.find(({ path }) => path.startsWith(`/assets/${start}-`));
  const app = named('app')?.path ?? '';
  const parts = (metafile.outputs[app.slice(1)]?.imports ?? [])
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => `<link rel="modulepreload" href="/${path}">`);
  return {
    html: page({ app, theme: named('theme')?.path, icon: named('icon')?.path, parts }),
    files,
  };
}

/** Writes it to a folder, for the package. */
export async function writeDashboard(folder: string): Promise<void> {
  const { html, files } = await buildDashboard();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), html);
  for (const { path, bytes } of files) await writeFile(join(folder, basename(path)), bytes);
}

export async function readDashboard(folder: string): Promise<Dashboard> {
  try {
    const names = (await readdir(folder)).filter((name) => extname(name) in TYPES);
    const [html, ...files] = await Promise.all([
      readFile(join(folder, 'index.html'), 'utf8'),
      ...names.map(async (name) => fileOf(name, await readFile(join(folder, name)))),
    ]);
    return { html, files };
  } catch (cause) {
    throw new SluiceError('dashboard.not_built', {}, { cause });
  }
}

function fileOf(name: string, contents: Uint8Array): DashboardFile {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { path: `/assets/${name}`, type, bytes: Buffer.from(contents) };
}

interface Links {
  readonly app: string;
  readonly theme: string | undefined;
  readonly icon: string | undefined;
  readonly parts: readonly string[];
}

function page({ app, theme, icon, parts }: Links): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sluice</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${theme}">
${parts.join('\n')}
<script type="module" src="${app}"></script>
</head>
<body>
<div id="app"></div>
<noscript><p>The dashboard needs JavaScript; <a href="/docs">the API</a> does not.</p></noscript>
</body>
</html>
`;
}
