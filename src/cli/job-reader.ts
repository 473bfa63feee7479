/** Looking at jobs, whether they lie in a data directory here or with a server. */
import { systemClock } from '../base/clock.ts';
import { OutboxBook } from '../engine/outbox/outbox-book.ts';
import type { ShownState } from '../engine/shown-state.ts';
import type { Job, JobInput } from '../model/job.ts';
import type { FailureGroup, JobFilter, Store } from '../store/store.ts';
import type { ShownDelivery } from './await-delivered.ts';
import { shownDelivery } from './outbox-here.ts';

/** What is shown of a job; a server says no more of one. */
export interface ShownJob extends Omit<Job, 'input' | 'idempotencyKey'> {
  readonly input: Pick<JobInput, 'name' | 'format' | 'column'>;
  /** How it stands, in a word. */
  readonly shown?: ShownState;
  /** Why nothing of it moves. */
  readonly still?: string;
}

/** A store is one. */
export interface JobReader {
  job(id: string): Promise<ShownJob | undefined>;
  /** Newest first. */
  jobs(filter: JobFilter): Promise<readonly ShownJob[]>;
  failureGroups(jobId: string): Promise<readonly FailureGroup[]>;
}

/** Where a job's records go: of a store, or of a server. */
export async function deliveriesOf(
  reader: JobReader,
  { id, counters }: ShownJob,
): Promise<readonly ShownDelivery[]> {
  if ('deliveries' in reader) return (reader as RemoteReader).deliveries(id);
  const book = new OutboxBook(reader as Store, systemClock);
  const held = await book.list(id);
  return held.map(({ outgoing }) => shownDelivery(outgoing, counters.records));
}

interface RemoteReader {
  deliveries(id: string): Promise<readonly ShownDelivery[]>;
}
