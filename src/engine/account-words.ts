/** Why no account can be had, as a failure of who asks and as what a lane waits for. */
import { isAside } from '../accounts/health.ts';
import type { Outlook } from '../accounts/pool.ts';
import { SluiceError } from '../base/errors.ts';
import type { Account } from '../model/account.ts';
import type { Failure } from '../model/failure.ts';
import type { Blockage } from '../model/lane.ts';
import type { AccountBook } from './account-book.ts';
import type { Refusal } from './account-entry.ts';
import { utcTime } from './job-words.ts';

/** What is back so soon is waited for in place, ms. */
export const SOON_MS = 10_000;

/** A reason may be all that a service has said. */
const REASON_CHARS_MAX = 160;

const EMPTY = { reason: 'rest', waiting: 0, inUse: 0, slots: 0, perSecond: undefined } as const;

/** `noneUntilMs`: when it is looked again where there is none, wall ms. */
export function absence(
  { service, tenant }: { readonly service: string; readonly tenant: string },
  outlook: Outlook,
  noneUntilMs: number,
): Failure {
  const resting = outlook.kind === 'resting';
  const error = resting
    ? new SluiceError('account.all_resting', {
        count: outlook.count,
        service,
        time: utcTime(outlook.atMs),
      })
    : noAccount(service, tenant, outlook.kind === 'none' ? outlook.aside : []);
  const untilMs = resting ? outlook.atMs : noneUntilMs;
  const { code, message, hint } = error;
  return { class: 'throttled', code, message, hint, untilMs };
}

export function waitWords(
  service: string,
  tenant: string,
  outlook: Outlook,
): NonNullable<Blockage['accounts']> {
  const of = { service, tenant };
  if (outlook.kind === 'none') {
    const detail = asideWords(outlook.aside);
    return { ...of, why: 'none', count: 0, ...(detail === undefined ? {} : { detail }) };
  }
  if (outlook.kind === 'resting') return { ...of, why: 'resting', count: outlook.count };
  return { ...of, why: 'busy', count: outlook.kind === 'busy' ? outlook.count : 0 };
}

/**
 * Blockages, most waiting first, with closed lanes that nobody waits in: of the rows that were sent
 * away, `again` are yet to be tried again. `monoMs`: to be added to a wall time.
 */
export function withRefused(
  blockages: readonly Blockage[],
  refusals: readonly Refusal[],
  again: number,
  monoMs: number,
): readonly Blockage[] {
  if (refusals.length === 0 || again === 0) return blockages;
  const all = new Map(blockages.map((each) => [each.lane, each]));
  for (const { lane, untilMs, rows } of refusals) {
    const sent = Math.min(rows, again);
    const known = all.get(lane) ?? { ...EMPTY, lane, wakeAtMs: Math.ceil(untilMs + monoMs) };
    // Those that were tried again meanwhile may be among both.
    all.set(lane, { ...known, waiting: Math.max(known.waiting, sent) });
  }
  return [...all.values()].sort((a, b) => b.waiting - a.waiting);
}

/**
 * `2 are quarantined (X answered 401), 1 is retired`; undefined where there is none of them. Names
 * are left out: not everybody who may see a job may see accounts.
 */
export function asideWords(aside: readonly Account[]): string | undefined {
  const parts = (['quarantined', 'retired'] as const).flatMap((state) => {
    const some = aside.filter((account) => account.state === state);
    if (some.length === 0) return [];
    const why = some.find(({ reason }) => reason)?.reason;
    const because = why ? ` (${why.replace(/\.$/, '').slice(0, REASON_CHARS_MAX)})` : '';
    return [`${some.length} ${some.length === 1 ? 'is' : 'are'} ${state}${because}`];
  });
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** The failure of whoever asks where the tenant has none that may be used. */
export function noAccount(service: string, tenant: string, aside: readonly Account[]): SluiceError {
  const detail = asideWords(aside) ?? 'it has none';
  return new SluiceError('account.none', { tenant, service, detail });
}

/** The failure of whoever needs an account where none of a tenant's at a service may be used. */
export function noUsable(
  book: Pick<AccountBook, 'list'>,
  service: string,
  tenant: string,
): SluiceError | undefined {
  const all = book.list(tenant, service);
  return all.every(isAside) ? noAccount(service, tenant, all) : undefined;
}
