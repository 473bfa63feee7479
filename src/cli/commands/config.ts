import { shownSettings } from '../../model/resolve-settings.ts';
import { mistypedVariables } from '../../model/setting-keys.ts';
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

/**
 * Settings were resolved before any command runs, and mistyped variables told: to be here means
 * that they are sound.
 */
export async function checkConfig(invocation: Invocation): Promise<number> {
  const { io, flags, resolved } = invocation;
  const set = Object.values(resolved.origins).filter(({ source }) => source !== 'default').length;
  const warnings = mistypedVariables(io.env).size;
  if (flags.json) io.stdout.write(`${JSON.stringify({ ok: true, set, warnings })}\n`);
  else {
    const differ =
      set === 1
        ? '1 setting differs from its default'
        : `${set} settings differ from their defaults`;
    io.stdout.write(`The configuration is sound: ${differ}.\n`);
  }
  return EXIT.ok;
}
