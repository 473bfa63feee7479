import type { GlobalFlags } from '../program.ts';
import type { Io } from '../workbench.ts';
import type { Display } from './display.ts';
import { JsonDisplay } from './json-display.ts';
import { PlainDisplay } from './plain-display.ts';
import { quietDisplay } from './quiet-display.ts';
import { TtyDisplay } from './tty-display.ts';

/** The display that suits where the output goes; `NO_COLOR` is obeyed. */
export function chooseDisplay(io: Io, flags: GlobalFlags): Display {
  if (flags.json) return new JsonDisplay((line) => io.stdout.write(`${line}\n`));
  if (flags.quiet || flags.progress === 'none') return quietDisplay;
  const live = io.stderr.isTTY === true && io.env.TERM !== 'dumb';
  if (flags.progress === 'tty' || (flags.progress === 'auto' && live)) {
    return new TtyDisplay(io.stderr, wantsColour(io, flags), { ...flags });
  }
  return new PlainDisplay((line) => io.stderr.write(`${line}\n`), { ...flags });
}

function wantsColour(io: Io, flags: GlobalFlags): boolean {
  if (flags.color !== 'auto') return flags.color === 'always';
  const { NO_COLOR, TERM } = io.env;
  return io.stderr.isTTY === true && (NO_COLOR ?? '') === '' && TERM !== 'dumb';
}
