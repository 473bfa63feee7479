import { AccountDesk, type AccountDeskParts } from './account-desk.ts';
import type { EngineOptions } from './engine-options.ts';
import type { Observed } from './observer.ts';

/** The desk of an engine, alone or one of several. */
export function createAccountDesk(
  { accounts, store, clock, log, node, epoch }: EngineOptions,
  observed: Observed,
  closeLane: AccountDeskParts['closeLane'],
): AccountDesk | undefined {
  if (accounts === undefined) return undefined;
  return new AccountDesk({
    ...accounts,
    store,
    clock,
    log,
    holder: node?.holders.mine ?? `engine ${epoch}`,
    alive: node && (() => node.holders.alive()),
    holds: node && ((nowMs) => node.holds(nowMs)),
    closeLane,
    observed,
  });
}
