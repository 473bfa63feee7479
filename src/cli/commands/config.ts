import { shownSettings } from '../../model/resolve-settings.ts';
import { SETTINGS } from '../../model/settings.ts';
import { EXIT } from '../exit.ts';
import type { Invocation } from '../program.ts';
import { table } from '../table.ts';

/** Every setting with its value and where it comes from. */
export async function printConfig(invocation: Invocation): Promise<number> {
  const { io, flags, resolved } = invocation;
  const entries = shownSettings(resolved);
  if (flags.json) {
    for (const entry of entries) {
      io.stdout.write(
        `${JSON.stringify({ ...entry, unit: SETTINGS[entry.name].unit, env: SETTINGS[entry.name].env })}\n`,
      );
    }
    return EXIT.ok;
  }
  const rows = entries.map(({ name, value, source }) => [
    name,
    value,
    source,
    SETTINGS[name].sentence,
  ]);
  io.stdout.write(table(['SETTING', 'VALUE', 'FROM', 'MEANING'], rows));
  return EXIT.ok;
}

/** Settings were resolved before any command runs: to be here means that they are sound. */
export async function checkConfig(invocation: Invocation): Promise<number> {
  const { io, flags, resolved } = invocation;
  const set = Object.values(resolved.origins).filter((origin) => origin.source !== 'default');
  if (flags.json) io.stdout.write(`${JSON.stringify({ ok: true, set: set.length })}\n`);
  else
    io.stdout.write(
      `The configuration is sound: ${set.length} settings differ from their defaults.\n`,
    );
  return EXIT.ok;
}
