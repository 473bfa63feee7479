import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Farm, startFarm } from './farm.ts';
import type { BenchContext, Contenders, Figure, Rounds, Scenario } from './scenario.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly quick: boolean;
  readonly note: (text: string) => void;
}

/** Runs one scenario; its servers end and its files go whatever happens. */
export async function runScenario(
  scenario: Scenario,
  options: BenchOptions,
): Promise<readonly Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), `sluice-bench-${scenario.name}-`));
  const farms: Farm[] = [];
  const ctx: BenchContext = {
    rounds: options.rounds,
    quick: options.quick,
    directory,
    note: options.note,
    child: (child) => runChild(child),
    farm: async (kind, flags) => {
      const farm = await startFarm(kind, flags);
      farms.push(farm);
      return farm;
    },
    repeat: (contenders) => repeat(contenders, options),
  };
  try {
    return await scenario.run(ctx);
  } finally {
    await Promise.all(farms.map((farm) => farm.close()));
    rmSync(directory, { recursive: true, force: true });
  }
}

async function repeat<Done extends object>(
  contenders: Contenders<Done>,
  { rounds, note }: BenchOptions,
): Promise<Rounds<Done>> {
  const names = Object.keys(contenders) as (keyof Done & string)[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as {
    [Name in keyof Done]: Done[Name][];
  };
  for (let round = 0; round < rounds; round += 1) {
    // There and back again: no contender always runs first, or always after the same one.
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) {
      note(`round ${round + 1} of ${rounds}: ${name}`);
      results[name].push(await contenders[name](round));
    }
  }
  return results;
}
