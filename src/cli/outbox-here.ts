/** Deliveries as commands ask for them and show them. */
import { isAbsolute, resolve } from 'node:path';
import type { Outbox } from '../engine/outbox/outbox.ts';
import type { Outgoing } from '../model/outbox.ts';
import type { Store } from '../store/store.ts';
import type { ShownDelivery } from './await-delivered.ts';
import type { Invocation, OwnFlags } from './program.ts';

/** The values of `--deliver`. */
export function deliverFlags(own: OwnFlags): readonly string[] {
  return (own.deliver as readonly string[] | undefined) ?? [];
}

/** Addresses as a server takes them: paths from here, not from where the server runs. */
export async function addressesFrom(
  { io }: Invocation,
  given: readonly string[],
): Promise<readonly string[]> {
  return given.map((address) => {
    const [, scheme, path = '', rest = ''] = /^(duckdb:|parquet:)([^?#]*)(.*)$/.exec(address) ?? [];
    if (scheme === undefined || path.startsWith('s3:') || isAbsolute(path)) return address;
    return `${scheme}${resolve(io.cwd, path)}${rest}`;
  });
}

export async function shownDeliveries(
  store: Pick<Store, 'job'>,
  outbox: Pick<Outbox, 'list'>,
  jobId: string,
): Promise<readonly ShownDelivery[]> {
  const [job, deliveries] = await Promise.all([store.job(jobId), outbox.list(jobId)]);
  return deliveries.map((outgoing) => shownDelivery(outgoing, job?.counters.records ?? 0));
}

export function shownDelivery(outgoing: Outgoing, records: number): ShownDelivery {
  const { id, place, state, delivered, reason, retryAtMs } = outgoing;
  const waiting = Math.max(0, records - delivered);
  return { id, place, state, delivered, waiting, reason, retryAtMs };
}
