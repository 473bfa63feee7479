/**
 * Sluice beside its peers, on the same stand-in servers, in one run.
 *
 *   npm run bench -- [scenario…] [--json] [--rounds N] [--quick] [--save]
 *
 * One file in `scenarios/` is one scenario. With --json standard output has exactly one line a
 * figure; all else goes to standard error. With --save the figures become a file of `results/`, which
 * the page Benchmarks of the dashboard shows. Machines are noisy: figures are medians of rounds in which
 * the contenders take turns, and ratios are what to compare.
 */
import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runScenario } from './harness/context.ts';
import { machineName, tableOf } from './harness/report.ts';
import { type SavedFigure, savedFigures, saveRun } from './harness/saved-run.ts';
import type { Scenario } from './harness/scenario.ts';

const SCENARIOS = new URL('./scenarios/', import.meta.url);
const ROUNDS = 3;
const USAGE = 'usage: npm run bench -- [scenario…] [--json] [--rounds N] [--quick] [--save]';

class UsageError extends Error {}

interface Request {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly rounds: number;
  readonly quick: boolean;
  readonly save: boolean;
  readonly help: boolean;
}

function readRequest(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.save && values.quick) {
    throw new UsageError('--save with --quick: figures of a small load say little');
  }
  const rounds = Number(values.rounds ?? (values.quick ? 1 : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`--rounds needs a whole number of 1 or more, not "${values.rounds}"`);
  }
  const known = scenarioNames();
  for (const name of positionals) {
    if (!known.includes(name)) {
      throw new UsageError(`there is no scenario "${name}"; there are: ${known.join(', ')}`);
    }
  }
  const names = positionals.length > 0 ? positionals : known;
  const { json, quick, save, help } = values;
  return { names, json, rounds, quick, save, help };
}

function scenarioNames(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .sort();
}

async function loadScenario(name: string): Promise<Scenario> {
  const loaded = (await import(new URL(`${name}.ts`, SCENARIOS).href)) as { scenario?: Scenario };
  if (!loaded.scenario) throw new Error(`scenarios/${name}.ts exports no scenario`);
  return loaded.scenario;
}

/** What may be asked for: how, and each scenario with its sentence. */
async function helpText(): Promise<string> {
  const scenarios = await Promise.all(scenarioNames().map(loadScenario));
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const lines = scenarios.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`);
  const all = `Without a name, all of them; medians of ${ROUNDS} rounds; --quick: smaller, once.`;
  return `${USAGE}\n\n${lines.join('\n')}\n\n${all}\n`;
}

async function main(): Promise<number> {
  const request = readRequest(process.argv.slice(2));
  if (request.help) {
    process.stdout.write(await helpText());
    return 0;
  }
  const note = (text: string) => process.stderr.write(`${text}\n`);
  note(machineName());
  const [loadBefore = 0] = loadavg();
  const measured = new Date().toISOString();
  const saved: SavedFigure[] = [];
  let failed = 0;
  let short = 0;
  for (const name of request.names) {
    try {
      const scenario = await loadScenario(name);
      const figures = await runScenario(scenario, {
        rounds: request.rounds,
        quick: request.quick,
        note: (text) => note(`  ${name}: ${text}`),
      });
      saved.push(...savedFigures(scenario, figures));
      const table = tableOf(scenario, figures);
      short += table.short;
      if (!request.json) process.stdout.write(`\n${table.text}\n\n`);
      else for (const each of figures) process.stdout.write(`${JSON.stringify(each)}\n`);
    } catch (error) {
      failed += 1;
      note(`${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (!request.json) {
    const lacking = [`${short} short`, `${failed} failed`].filter((each) => !each.startsWith('0'));
    process.stdout.write(`${lacking.join(', ') || 'Nothing is short'}.\n`);
  }
  if (request.save && saved.length > 0) {
    const load = [loadBefore, loadavg()[0] ?? 0] as const;
    note(`saved: ${saveRun(saved, { rounds: request.rounds, load, measured })}`);
  }
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof UsageError || String(Object(error).code).startsWith('ERR_PARSE');
  if (!usage) throw error;
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exitCode = 2;
}
