/** One website, read at once: a job of one row, waited for. */
import { formatDuration } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { Failure } from '../model/failure.ts';
import type { ServerParts } from './parts.ts';

export interface ScrapeOrder {
  readonly website: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly tenant: string;
  /** Aborts when the caller has left; the job goes on, and what it finds is kept. */
  readonly signal: AbortSignal;
}

export type Scraped =
  | { readonly record: unknown }
  /** `refused`: it is no website, and nothing was tried. */
  | { readonly failure: Failure; readonly refused: boolean };

/** Rejects with `scrape.waiting` where it takes longer than the settings allow. */
export async function scrape(
  { desk, engine, store, settings, clock }: ServerParts,
  { website, options, tenant, signal }: ScrapeOrder,
): Promise<Scraped> {
  const input = { rows: [website] };
  const order = { collector: 'contacts', options, input, callerWaitsMs: settings.scrapeWaitMs };
  const { job } = await desk.submit(order, tenant);
  const late = Promise.withResolvers<'late'>();
  const patience = clock.after(settings.scrapeWaitMs, () => late.resolve('late'));
  const left = () => late.resolve('late');
  signal.addEventListener('abort', left);
  // It may reject when nobody waits for it any more.
  const settled = engine.settled(job.id);
  settled.catch(() => {});
  try {
    const ended = await Promise.race([settled, late.promise]);
    const [row] = await store.results(job.id, 0, 1);
    if (row?.state === 'completed') return { record: JSON.parse(row.records[0] ?? '{}') };
    if (row?.state === 'discarded' && row.failure) {
      return { failure: row.failure, refused: row.durationMs === undefined };
    }
    if (ended === 'late' || ended.state === 'running') {
      const limit = formatDuration(settings.scrapeWaitMs);
      throw new SluiceError('scrape.waiting', { id: job.id, limit });
    }
    if (ended.failure) return { failure: ended.failure, refused: false };
    throw new SluiceError('job.conflict', { id: job.id, state: ended.state, action: 'read' });
  } finally {
    patience.cancel();
    signal.removeEventListener('abort', left);
  }
}
