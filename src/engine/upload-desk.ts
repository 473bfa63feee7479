/**
 * A file that comes in and becomes a job while it comes: bytes go to disk, and as soon as enough is
 * there to know what the file is, the job is stored and its first rows run.
 */
import { extname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { SluiceError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Random } from '../base/random.ts';
import type { Job } from '../model/job.ts';
import type { JobOrder } from '../model/job-order.ts';
import type { InputWishes } from '../sources/inspect-input.ts';
import type { Store } from '../store/store.ts';
import { type JobDesk, type Submitted, UPLOAD_KIND } from './job-desk.ts';
import { otherInput } from './other-input.ts';
import type { UploadEnd, UploadTerms } from './upload.ts';
import type { Uploads } from './uploads.ts';

/** Each holds a few chunks; what is beyond is asked to come again. */
const UPLOADS_MAX = 256;
const RETRY_AFTER_S = 5;

export interface UploadOrder extends UploadTerms {
  /** Where it is not known when the file begins, the job begins when it is. */
  readonly order: Omit<JobOrder, 'input'> | Promise<Omit<JobOrder, 'input'>>;
  readonly tenant: string;
  readonly idempotencyKey: string | undefined;
  /** As the sender calls the file; its end says what is in it. */
  readonly name: string;
  readonly wishes: InputWishes;
  /** Told as soon as the job is stored, which is before the file is whole. */
  readonly onJob: (job: Job) => void;
}

export interface Uploaded extends Submitted {
  /** Not known of a job that was there already and got its input otherwise. */
  readonly file: UploadEnd | undefined;
}

/** What is said of a file before it is read. */
export interface ToldFile {
  readonly name: string | undefined;
  readonly bytes: number | undefined;
  /** Base64. */
  readonly sha256: string | undefined;
}

export interface UploadDeskParts {
  readonly desk: JobDesk;
  readonly uploads: Uploads;
  readonly store: Pick<Store, 'job' | 'document' | 'writeDocuments'>;
  readonly clock: Clock;
  readonly random: Random;
}

export class UploadDesk {
  readonly #parts: UploadDeskParts;
  readonly #receiving = new Set<Promise<Uploaded>>();

  constructor(parts: UploadDeskParts) {
    this.#parts = parts;
  }

  /** What an idempotency key stands for already; the file that comes with it is not read. */
  async known(
    tenant: string,
    idempotencyKey: string | undefined,
    told: ToldFile,
  ): Promise<Uploaded | undefined> {
    const job = await this.#parts.desk.known(tenant, idempotencyKey);
    if (job === undefined) return undefined;
    const file = await this.#fileOf(job);
    const warnings = isOtherFile(file, told)
      ? [otherInput(told.name ?? job.input.name, job.input.name)]
      : [];
    return { job, created: false, warnings, file };
  }

  /** Rejects with `request.uploads_full` where as many are under way as there may be. */
  checkRoom(): void {
    if (this.#parts.uploads.size < UPLOADS_MAX) return;
    throw new SluiceError('request.uploads_full', {
      count: UPLOADS_MAX,
      retryAfterS: RETRY_AFTER_S,
    });
  }

  /**
   * Takes the file to its end. Rejects with what is wrong with the order or with the file, or with
   * what `chunks` rejects with. Where there is no job by then, nothing is left on disk; where there
   * is one, it fails for the same reason.
   */
  async receive(upload: UploadOrder, chunks: AsyncIterable<Uint8Array>): Promise<Uploaded> {
    const receiving = this.#receive(upload, chunks);
    this.#receiving.add(receiving);
    try {
      return await receiving;
    } finally {
      this.#receiving.delete(receiving);
    }
  }

  /** Resolves when no file is under way any more. */
  async idle(): Promise<void> {
    while (this.#receiving.size > 0) await Promise.allSettled(this.#receiving);
  }

  /** Breaks off what is under way, as the end of the process would, and tells those who send. */
  async close(): Promise<void> {
    this.#parts.uploads.abandonAll('the server ended before it was whole');
    await this.idle();
  }

  async #receive(upload: UploadOrder, chunks: AsyncIterable<Uint8Array>): Promise<Uploaded> {
    const { desk, uploads, clock, random } = this.#parts;
    const { order, name, wishes, tenant, idempotencyKey } = upload;
    this.checkRoom();
    if (!(order instanceof Promise)) desk.check(order);
    const jobId = newId('j', clock.wallMs(), random);
    const path = join('inputs', jobId + fileEnd(name));
    const file = await uploads.begin(path, name);
    let cause: unknown;
    const receiving = file.receive(chunks, upload).catch((error: unknown) => {
      cause ??= error;
      return undefined;
    });
    const arriving = { jobId, path, name, file: file.file(), wishes };
    const submit = async () => desk.submitArriving(await order, arriving, tenant, idempotencyKey);
    const submitting = submit().then(
      (submitted) => {
        if (submitted.created) upload.onJob(submitted.job);
        // The key has named a job in the meantime: what still comes is not needed.
        else file.abandon(new SluiceError('job.conflict', { id: submitted.job.id }));
        return submitted;
      },
      (error: unknown) => {
        cause ??= error;
        file.abandon(error);
        return undefined;
      },
    );
    const [end, submitted] = await Promise.all([receiving, submitting]);
    uploads.ended(path);
    if (submitted?.created === false) {
      await file.remove();
      return { ...submitted, file: await this.#fileOf(submitted.job) };
    }
    if (submitted === undefined || end === undefined) {
      const job = submitted && (await this.#parts.store.job(jobId));
      if (job === undefined || !isOfUse(cause)) await file.remove();
      throw cause;
    }
    await uploads.share(path);
    await this.#keep(submitted.job, end);
    const job = (await this.#parts.store.job(jobId)) ?? submitted.job;
    return { ...submitted, job, file: end };
  }

  async #keep(job: Job, end: UploadEnd): Promise<void> {
    const { store, clock } = this.#parts;
    const { id, tenant } = job;
    await store.writeDocuments(
      [{ op: 'put', kind: UPLOAD_KIND, id, tenant, json: JSON.stringify(end) }],
      clock.wallMs(),
    );
  }

  async #fileOf(job: Job): Promise<UploadEnd | undefined> {
    const document = await this.#parts.store.document(UPLOAD_KIND, job.id);
    return document && (JSON.parse(document.json) as UploadEnd);
  }
}

function isOtherFile(file: UploadEnd | undefined, { bytes, sha256 }: ToldFile): boolean {
  if (file === undefined) return false;
  if (sha256 !== undefined) return sha256 !== file.sha256;
  return bytes !== undefined && bytes !== file.bytes;
}

/** Whether what arrived is kept beside the results: not where it is the disk that is in need. */
function isOfUse(cause: unknown): boolean {
  if (!(cause instanceof SluiceError)) return true;
  return cause.code !== 'input.too_large' && !cause.code.startsWith('store.');
}

function fileEnd(name: string): string {
  const end = extname(name.toLowerCase());
  return /^\.[a-z0-9]{1,8}$/.test(end) && end !== '.part' ? end : '';
}
