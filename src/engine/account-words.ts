/** Why no account can be had, as a failure of who asks and as what a lane waits for. */
import type { Outlook } from '../accounts/pool.ts';
import { SluiceError } from '../base/errors.ts';
import type { Failure } from '../model/failure.ts';
import type { Blockage } from '../model/lane.ts';
import { utcTime } from './job-words.ts';

/** What is back so soon is waited for in place, ms. */
export const SOON_MS = 10_000;

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
    : new SluiceError('account.none', { tenant, service, detail: detailOf(outlook) });
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
  if (outlook.kind === 'none') return { ...of, why: 'none', count: 0 };
  if (outlook.kind === 'resting') return { ...of, why: 'resting', count: outlook.count };
  return { ...of, why: 'busy', count: outlook.kind === 'busy' ? outlook.count : 0 };
}

function detailOf(outlook: Outlook): string {
  if (outlook.kind !== 'none') return 'all are in use';
  const { quarantined, retired } = outlook;
  const parts = [
    ...(quarantined > 0 ? [`${quarantined} ${quarantined === 1 ? 'is' : 'are'} quarantined`] : []),
    ...(retired > 0 ? [`${retired} ${retired === 1 ? 'is' : 'are'} retired`] : []),
  ];
  return parts.length === 0 ? 'it has none' : parts.join(', ');
}
