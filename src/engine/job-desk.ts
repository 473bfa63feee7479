/**
 * Where orders come in that are data rather than a command: from the API, from schedules. An order
 * becomes a stored, running job; the same idempotency key again answers with the first one.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Registry } from '../collectors/registry.ts';
import type { Job } from '../model/job.ts';
import type { JobOrder } from '../model/job-order.ts';
import type { InputWarning } from '../sources/input-warning.ts';
import type { Store } from '../store/store.ts';
import type { Engine } from './engine.ts';
import { type JobRequest, prepareJob } from './job-request.ts';

export interface JobDeskParts {
  readonly engine: Pick<Engine, 'submit'>;
  readonly store: Pick<Store, 'job' | 'deleteJob'>;
  readonly registry: Registry;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Retries of a job whose collector and order say nothing. */
  readonly retries: number;
}

export interface Submitted {
  readonly job: Job;
  /** False where the idempotency key named a job that was there already. */
  readonly created: boolean;
  readonly warnings: readonly InputWarning[];
}

/** The column under which rows that are bare values are kept. */
const VALUE_COLUMN = 'value';

export class JobDesk {
  readonly #parts: JobDeskParts;

  constructor(parts: JobDeskParts) {
    this.#parts = parts;
  }

  /** Rejects with `collector.*`, `input.*`, `job.not_found`, `usage.*` or `store.*`. */
  async submit(order: JobOrder, tenant: string, idempotencyKey?: string): Promise<Submitted> {
    const { registry } = this.#parts;
    // Only names: a path would let whoever may start a job run any file of this machine.
    registry.named(order.collector);
    return this.#take({
      collector: order.collector,
      ...(await this.#input(order, tenant)),
      options: order.options,
      tenant,
      concurrency: order.concurrency ?? 0,
      retries: order.retries,
      idempotencyKey,
    });
  }

  /** Removes a job that has ended, with its results and its copy of the input. */
  async remove(job: Job): Promise<void> {
    await this.#parts.store.deleteJob(job.id);
    if (job.input.path !== '') await rm(join(this.#parts.dataDir, job.input.path), { force: true });
  }

  async #take(request: JobRequest): Promise<Submitted> {
    const { registry, dataDir, clock, random, retries, engine } = this.#parts;
    const prepared = await prepareJob(request, {
      registry,
      dataDir,
      cwd: dataDir,
      clock,
      random,
      retries,
    });
    const { spec, warnings } = prepared;
    const { job, created } = await engine.submit(spec);
    // The key names a job that is there already: the input was copied for nothing.
    if (!created && spec.input.path !== '')
      await rm(join(dataDir, spec.input.path), { force: true });
    return { job, created, warnings };
  }

  async #input(
    order: JobOrder,
    tenant: string,
  ): Promise<Pick<JobRequest, 'input' | 'column' | 'wishes'>> {
    const { input, column } = order;
    if (input === undefined) return { input: undefined, column, wishes: {} };
    if ('rows' in input) {
      const bare = input.rows.some((row) => typeof row !== 'object' || row === null);
      const name = column ?? VALUE_COLUMN;
      const lines = input.rows.map((row) => `${JSON.stringify(bare ? { [name]: row } : row)}\n`);
      const wishes = { format: 'jsonl' } as const;
      return { input: Readable.from(lines), column: bare ? name : column, wishes };
    }
    const earlier = await this.#parts.store.job(input.job);
    if (earlier === undefined || earlier.tenant !== tenant || earlier.input.path === '') {
      throw new SluiceError('job.not_found', { id: input.job });
    }
    return {
      input: join(this.#parts.dataDir, earlier.input.path),
      column: column ?? earlier.input.column,
      wishes: {},
    };
  }
}
