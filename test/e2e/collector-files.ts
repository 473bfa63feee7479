/** Collectors as users write them: each a file of its own, outside the project. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Waits a while by row, as the options say, then yields the row in capitals. */
const PACE = `
import { defineCollector } from 'sluice';
import { z } from 'zod';

export const collector = defineCollector({
  name: 'pace',
  input: z.object({ word: z.string() }),
  options: z.object({ ms: z.coerce.number().default(0), pages: z.coerce.number().default(1) }),
  record: z.object({ word: z.string(), page: z.number() }),
  async *collect(input, ctx) {
    if (input.word.startsWith('bad')) throw new TypeError('no such word: ' + input.word);
    if (input.word.startsWith('worse')) throw new RangeError('too long a word');
    for (let page = (ctx.cursor ?? 0) + 1; page <= ctx.options.pages; page += 1) {
      await new Promise((resolve) => setTimeout(resolve, ctx.options.ms));
      const done = page === ctx.options.pages;
      yield { records: [{ word: input.word.toUpperCase(), page }], cursor: page, done };
    }
  },
});
`;

const FILES = {
  'pace.ts': PACE,
  /** Throws for one row only. */
  'throws.ts': `
export const name = 'throws';
export async function collect(input) {
  if (input.word === 'two') throw new Error('two is too much');
  return { records: [input] };
}`,
  /** Cannot make a plan: by its own fault, and of an input that is none. */
  'throws-planning.ts': `
export const name = 'throws-planning';
export async function* plan(source) {
  for await (const row of source.rows()) yield { input: row.fields };
  throw new Error('no plan');
}
export const collect = async (input) => ({ records: [input] });`,
  'refuses-planning.ts': `
import { FailureError } from 'sluice';
export const name = 'refuses-planning';
export async function* plan() {
  throw new FailureError({ class: 'invalid', code: 'own.too_few', message: 'Too few rows.' });
}
export const collect = async (input) => ({ records: [input] });`,
  /** Never ends for one row, and does not listen. */
  'hangs.ts': `
export const name = 'hangs';
export const defaults = { attemptTimeoutMs: 400, retries: 1 };
export async function collect(input) {
  if (input.word === 'two') await new Promise(() => {});
  return { records: [input] };
}`,
  /** Holds the only thread. */
  'spins.ts': `
export const name = 'spins';
export async function collect(input) {
  if (input.word === 'two') for (;;);
  return { records: [input] };
}`,
  'nonsense.ts': `
export const name = 'nonsense';
const PAGES = { one: 42, two: { records: 'text' }, three: { records: [1n] } };
export async function* collect(input) {
  yield PAGES[input.word];
}`,
  /** Keeps a growing list of everything. */
  'leaks.ts': `
export const name = 'leaks';
const kept = [];
export async function collect(input) {
  for (let i = 0; i < 40; i += 1) kept.push(new Array(250_000).fill(input.word + i));
  return { records: [kept.length] };
}`,
  /** Starts work that it does not wait for, and that fails. */
  'strays.ts': `
export const name = 'strays';
export async function collect(input, ctx) {
  void Promise.reject(new Error('a stray of its own'));
  void (async () => { await ctx.fetch('http://127.0.0.1:9/'); })();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { records: [input] };
}`,
  /** Four rows that end a while after Ctrl-C. */
  'ends-draining.ts': `
export const name = 'ends-draining';
let begun = 0;
export async function collect(input) {
  const drains = new Promise((resolve) => process.once('SIGINT', resolve));
  begun += 1;
  if (begun === 4) process.stderr.write('all have begun\\n');
  await drains;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return { records: [input] };
}`,
  'throws-late.ts': `
export const name = 'throws-late';
export async function collect(input) {
  if (input.word === 'three') setTimeout(() => { throw new Error('too late'); }, 50);
  if (input.word === 'three') await new Promise((resolve) => setTimeout(resolve, 60_000));
  return { records: [input] };
}`,
  'exits.ts': `
export const name = 'exits';
export async function collect(input) {
  if (input.word === 'three') process.exit(0);
  return { records: [input] };
}`,
  /** Says things of itself that cannot be. */
  'wrong-defaults.ts': `
export const name = 'wrong-defaults';
export const defaults = { concurrency: -3 };
export const collect = async (input) => ({ records: [input] });`,
  'wrong-lanes.ts': `
export const name = 'wrong-lanes';
export const lanes = ['host:a'];
export const collect = async (input) => ({ records: [input] });`,
  'nothing.ts': 'export const answer = 42;',
  'broken.ts': 'export const name = ;',
  'missing-import.ts': `import 'no-such-package';\nexport const name = 'x';`,
} as const;

export type CollectorFile = keyof typeof FILES;

/** Writes them into `directory`/own, away from any package of this project. */
export function writeCollectors(directory: string): void {
  mkdirSync(join(directory, 'own'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(directory, 'own', name), text);
  }
}

/** A list with a column `word`. */
export function writeWords(path: string, words: readonly string[]): void {
  writeFileSync(path, `word\n${words.map((word) => `${word}\n`).join('')}`);
}
