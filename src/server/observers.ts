/** Several observers as one: each is told of what it listens to, and nobody of anything else. */
import type { EngineObserver } from '../engine/observer.ts';

type Listening = Partial<EngineObserver> | undefined;

/** Costs a call each, no more. */
export function observers(...given: readonly Listening[]): EngineObserver {
  const all = given.filter((each) => each !== undefined);
  const ended = all.filter((each) => each.attemptEnded !== undefined);
  const requested = all.filter((each) => each.requestEnded !== undefined);
  const logging = all.filter((each) => each.logged !== undefined);
  return {
    attemptEnded(seen) {
      for (let i = 0; i < ended.length; i += 1) ended[i]?.attemptEnded?.(seen);
    },
    requestEnded(seen) {
      for (let i = 0; i < requested.length; i += 1) requested[i]?.requestEnded?.(seen);
    },
    committed(commits, waitMs, writeMs) {
      for (const each of all) each.committed?.(commits, waitMs, writeMs);
    },
    claimed(shards, ms) {
      for (const each of all) each.claimed?.(shards, ms);
    },
    account(service, what) {
      for (const each of all) each.account?.(service, what);
    },
    loans(what, count) {
      for (const each of all) each.loans?.(what, count);
    },
    ...(logging.length === 0
      ? {}
      : {
          logged(line) {
            for (const each of logging) each.logged?.(line);
          },
        }),
  };
}
