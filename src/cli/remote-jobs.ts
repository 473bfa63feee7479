/** The jobs of a server, as the commands that show jobs look at them. */
import type { FailureGroup, JobFilter } from '../store/store.ts';
import type { ShownDelivery } from './await-delivered.ts';
import type { JobReader, ShownJob } from './job-reader.ts';
import type { Remote } from './remote.ts';

const PAGE = 200;

export class RemoteJobs implements JobReader {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  /** Rejects with the server's own `job.not_found`. */
  async job(id: string): Promise<ShownJob> {
    return this.#remote.ask<ShownJob>({ method: 'GET', path: jobPath(id) });
  }

  async jobs({ states, before, limit }: JobFilter): Promise<readonly ShownJob[]> {
    const found: ShownJob[] = [];
    let next = before;
    do {
      const query = new URLSearchParams({ limit: String(Math.min(PAGE, limit - found.length)) });
      if (states !== undefined) query.set('state', states.join());
      if (next !== undefined) query.set('before', next);
      const page = await this.#remote.ask<{ jobs: readonly ShownJob[]; next?: string }>({
        method: 'GET',
        path: `/v1/jobs?${query}`,
      });
      found.push(...page.jobs);
      next = page.next;
    } while (next !== undefined && found.length < limit);
    return found;
  }

  async failureGroups(id: string): Promise<readonly FailureGroup[]> {
    const { groups } = await this.#remote.ask<{ groups: readonly GroupTold[] }>({
      method: 'GET',
      path: `${jobPath(id)}/failures?limit=1000`,
    });
    return groups.map(({ retriable, ...group }) => ({
      ...group,
      refused: retriable === undefined ? 0 : group.count - retriable,
    }));
  }

  steer(id: string, action: 'pause' | 'resume' | 'cancel'): Promise<ShownJob> {
    return this.#remote.ask({ method: 'POST', path: `${jobPath(id)}/${action}` });
  }

  async retry(id: string, only: string | undefined): Promise<number> {
    const { retried } = await this.#remote.ask<{ retried: number }>({
      method: 'POST',
      path: `${jobPath(id)}/retry`,
      body: only === undefined ? {} : { only },
    });
    return retried;
  }

  /** Those that a job has. */
  async deliveries(id: string): Promise<readonly ShownDelivery[]> {
    const { deliveries } = await this.#remote.ask<{ deliveries: readonly ShownDelivery[] }>({
      method: 'GET',
      path: `${jobPath(id)}/deliveries`,
    });
    return deliveries;
  }

  /** To further addresses; none = has those go on that have stopped. */
  async deliver(id: string, to: readonly string[]): Promise<readonly ShownDelivery[]> {
    const { deliveries } = await this.#remote.ask<{ deliveries: readonly ShownDelivery[] }>({
      method: 'POST',
      path: `${jobPath(id)}/deliveries`,
      body: to.length === 0 ? {} : { to },
    });
    return deliveries;
  }

  async remove(id: string): Promise<void> {
    await this.#remote.ask({ method: 'DELETE', path: jobPath(id) });
  }
}

/** Servers that were there before say nothing of what may be tried again. */
interface GroupTold extends Omit<FailureGroup, 'refused'> {
  readonly retriable?: number;
}

export function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
