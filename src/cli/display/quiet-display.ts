import type { Display } from './display.ts';

/** Says nothing: for `--quiet` and `--progress none`. */
export const quietDisplay: Display = {
  everyMs: 1_000,
  start() {},
  event() {},
  tick() {},
  say() {},
  end() {},
};
