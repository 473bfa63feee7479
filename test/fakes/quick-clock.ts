/** The system's clock, but nobody sleeps: for pauses between tries against real servers. */
import { type Clock, systemClock } from '../../src/base/clock.ts';

export const quickClock: Clock = {
  wallMs: () => systemClock.wallMs(),
  monoMs: () => systemClock.monoMs(),
  sleep: (_ms, signal) => systemClock.sleep(0, signal),
  after: (ms, callback) => systemClock.after(ms, callback),
};
