/**
 * Where orders come in that are data rather than a command: from the API, from schedules. An order
 * becomes a stored, running job; the same idempotency key again answers with the first one.
 */
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
import type { EngineApi } from './engine-api.ts';
import {
  type ArrivingInput,
  checkNoInput,
  checkOptions,
  isArriving,
  isHeld,
  type JobRequest,
  prepareJob,
} from './job-request.ts';
import { isOther, otherInput } from './other-input.ts';
import { SMALL_BYTES_MAX } from './small-input.ts';
import type { Uploads } from './uploads.ts';

export interface JobDeskParts {
  readonly engine: Pick<EngineApi, 'submit'>;
  readonly store: Pick<Store, 'job' | 'jobs' | 'deleteJob' | 'writeDocuments'>;
  readonly uploads: Uploads;
  readonly registry: Registry;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Retries of a job whose collector and order say nothing. */
  readonly retries: number;
  /** By collector: where its orders without an input get one from. */
  readonly fillers?: Readonly<Record<string, OrderFiller>>;
}

/** Finds the input of orders that name none; see `JobDeskParts.fillers`. */
export interface OrderFiller {
  fill(order: JobOrder, tenant: string): Promise<FilledOrder>;
}

export interface FilledOrder {
  readonly order: JobOrder;
  /** Told of the job that was made of it. */
  readonly taken: (jobId: string) => Promise<void>;
}

export interface Submitted {
  readonly job: Job;
  /** False where the idempotency key named a job that was there already. */
  readonly created: boolean;
  readonly warnings: readonly InputWarning[];
}

/** Documents that say of a job's input how long it is and what its digest is. */
export const UPLOAD_KIND = 'upload';

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
    const filler = order.input === undefined ? this.#fillerOf(order.collector) : undefined;
    if (filler === undefined) return this.#submit(order, tenant, idempotencyKey);
    // Once more, the lists may be others: the key stands for what was found the first time.
    const job = await this.known(tenant, idempotencyKey);
    if (job) return { job, created: false, warnings: [] };
    this.check(order);
    return this.submitFilled(await filler.fill(order, tenant), tenant, idempotencyKey);
  }

  /** The same for an order whose input was found already. */
  async submitFilled(
    { order, taken }: FilledOrder,
    tenant: string,
    idempotencyKey?: string,
  ): Promise<Submitted> {
    const submitted = await this.#submit(order, tenant, idempotencyKey);
    // What is found the next time may well be another input, and is nobody's mistake.
    if (!submitted.created) return { ...submitted, warnings: [] };
    await taken(submitted.job.id);
    return submitted;
  }

  #fillerOf(collector: string): OrderFiller | undefined {
    const { fillers = {} } = this.#parts;
    return Object.hasOwn(fillers, collector) ? fillers[collector] : undefined;
  }

  async #submit(order: JobOrder, tenant: string, idempotencyKey?: string): Promise<Submitted> {
    const input = await this.#input(order, tenant);
    return this.#take({ ...requestOf(order, tenant, idempotencyKey), ...input });
  }

  /** The same for an input that may still be on its way in; rejects as soon as it is no good. */
  async submitArriving(
    order: Omit<JobOrder, 'input'>,
    arriving: ArrivingInput & Pick<JobRequest, 'wishes'>,
    tenant: string,
    idempotencyKey?: string,
  ): Promise<Submitted> {
    this.#parts.registry.named(order.collector);
    const { wishes, ...input } = arriving;
    return this.#take({ ...requestOf(order, tenant, idempotencyKey), input, wishes });
  }

  /** Checks what can be checked without the input; rejects with `collector.*` or `usage.*`. */
  check(order: Omit<JobOrder, 'input'>): void {
    checkOptions(this.#parts.registry.named(order.collector), order.options);
  }

  /** The same with the input: whether the order could be submitted as things are now. */
  async checkOrder(order: JobOrder, tenant: string): Promise<void> {
    this.check(order);
    const { collector, input } = order;
    if (input === undefined) checkNoInput(this.#parts.registry.named(collector));
    else if ('job' in input) await this.#earlier(input.job, tenant);
  }

  /** The job that an idempotency key stands for already. */
  async known(tenant: string, idempotencyKey: string | undefined): Promise<Job | undefined> {
    if (idempotencyKey === undefined) return undefined;
    const jobs = await this.#parts.store.jobs({ tenant, idempotencyKey, limit: 1 });
    return jobs[0];
  }

  /** Removes a job that has ended, with its results and its copy of the input. */
  async remove(job: Job): Promise<void> {
    const { store, uploads, clock } = this.#parts;
    await store.deleteJob(job.id);
    if (job.input.path === '') return;
    await uploads.remove(job.input.path);
    await store.writeDocuments([{ op: 'remove', kind: UPLOAD_KIND, id: job.id }], clock.wallMs());
  }

  async #take(request: JobRequest): Promise<Submitted> {
    const { registry, dataDir, clock, random, retries, engine, uploads } = this.#parts;
    const prepared = await prepareJob(request, {
      registry,
      dataDir,
      cwd: dataDir,
      clock,
      random,
      retries,
    });
    const { spec, warnings } = prepared;
    const { path, name } = spec.input;
    const held = isHeld(request.input) ? { name, bytes: request.input.bytes } : undefined;
    // Told as taken when both are durable; the first rows need not wait for the file.
    const shared = held ? undefined : uploads.share(path);
    const [{ job, created }] = await Promise.all([engine.submit(spec, held), shared]);
    if (created) return { job, created, warnings };
    const other = await this.#isOther(job, path, held?.bytes ?? request.input);
    // The key names a job that is there already: the input was copied for nothing.
    if (path !== '') await uploads.remove(path);
    return {
      job,
      created,
      warnings: other ? [...warnings, otherInput(name, job.input.name)] : warnings,
    };
  }

  /** Whether an input is known to be another one than that of the job that answers for it. */
  async #isOther(job: Job, path: string, given: JobRequest['input'] | Buffer): Promise<boolean> {
    const { uploads, dataDir } = this.#parts;
    if (path === '' || job.input.path === '') return path !== job.input.path;
    // One that still comes in is not there to be compared.
    if (isArriving(given) || !(await uploads.isWhole(job.input.path))) return false;
    await uploads.bringHere(job.input.path);
    const first = join(dataDir, job.input.path);
    return (await isOther(first, Buffer.isBuffer(given) ? given : join(dataDir, path))) === true;
  }

  async #input(
    order: JobOrder,
    tenant: string,
  ): Promise<Pick<JobRequest, 'input' | 'inputName' | 'column' | 'wishes'>> {
    const { input, column } = order;
    if (input === undefined) return { input: undefined, column, wishes: {} };
    if ('rows' in input) {
      const bare = input.rows.some((row) => typeof row !== 'object' || row === null);
      const name = column ?? VALUE_COLUMN;
      const lines = input.rows.map((row) => `${JSON.stringify(bare ? { [name]: row } : row)}\n`);
      const wishes = { format: 'jsonl' } as const;
      const inputName = `${lines.length} ${lines.length === 1 ? 'row' : 'rows'}`;
      const chars = lines.reduce((sum, line) => sum + line.length, 0);
      const bytes = chars > SMALL_BYTES_MAX ? undefined : Buffer.from(lines.join(''));
      const small = bytes !== undefined && bytes.length <= SMALL_BYTES_MAX;
      const taken = small ? { bytes } : Readable.from(lines);
      return { input: taken, inputName, column: bare ? name : column, wishes };
    }
    const earlier = await this.#earlier(input.job, tenant);
    await this.#parts.uploads.bringHere(earlier.input.path);
    return {
      input: join(this.#parts.dataDir, earlier.input.path),
      inputName: earlier.input.name,
      column: column ?? earlier.input.column,
      wishes: {},
    };
  }

  /** A job whose input can be worked through once more. */
  async #earlier(id: string, tenant: string): Promise<Job> {
    const earlier = await this.#parts.store.job(id);
    if (earlier === undefined || earlier.tenant !== tenant || earlier.input.path === '') {
      throw new SluiceError('job.not_found', { id });
    }
    if (!(await this.#parts.uploads.isWhole(earlier.input.path))) {
      const state = 'without the whole of its input';
      throw new SluiceError('job.conflict', { id: earlier.id, state, action: 'run again' });
    }
    return earlier;
  }
}

function requestOf(
  order: Omit<JobOrder, 'input'>,
  tenant: string,
  idempotencyKey: string | undefined,
): Omit<JobRequest, 'input' | 'wishes'> {
  const { collector, options, column, weight, concurrency = 0, retries, callerWaitsMs } = order;
  const asked = { collector, options, column, weight, concurrency, retries, callerWaitsMs };
  return { ...asked, tenant, idempotencyKey };
}
