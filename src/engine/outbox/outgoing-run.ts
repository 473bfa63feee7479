/**
 * Brings the records of one job to one destination, batch by batch, in the order of their commits.
 *
 * What makes it exactly once: before a batch is sent, its end in the log of records is stored; so
 * after a crash the same records are read again and sent as the same batch, which the destination
 * takes once. Only then is the next one put together.
 *
 * | it | state | until |
 * |---|---|---|
 * | sends, or waits for more records | `delivering` | the job has ended and all is there |
 * | was refused for now | `resting` | `retryAtMs`, then the same batch again, for ever |
 * | was refused for good | `stopped` | somebody has it go on |
 * | has nothing to wait for | `delivered` | the job goes on |
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Job } from '../../model/job.ts';
import { isFinalJobState } from '../../model/lifecycle.ts';
import type { Outgoing, OutgoingColumn } from '../../model/outbox.ts';
import type { RecordFilePart } from '../../model/record-file.ts';
import type { TableColumn } from '../../model/table.ts';
import { type BackoffSchedule, backoffMs } from '../../retry/backoff.ts';
import {
  type BatchPace,
  DEFAULT_PACE,
  type DeliveryFile,
  type DeliveryRow,
  type DeliverySink,
  type FileBatch,
  isPassing,
  retryAfterOf,
  versionOf,
} from '../../sinks/delivery-sink.ts';
import type { LoggedFile, LoggedRecords } from '../../store/record-log.ts';
import type { Store } from '../../store/store.ts';
import { isConflict } from '../again-on-conflict.ts';
import type { HeldOutgoing, OutboxBook } from './outbox-book.ts';
import { batchHead, deliveryFile } from './outgoing-batch.ts';
import { RowMaker } from './row-maker.ts';
import type { Turns } from './turns.ts';

/** How often a job is looked at that has brought nothing new. */
const LOOK_MS = 1_000;
const BACKOFF: BackoffSchedule = { baseMs: 1_000, factor: 2, capMs: 300_000 };
/** Full jitter may draw nothing at all. */
const REST_MS_MIN = 200;
const PAGE_RECORDS = 1_000;

export interface OutgoingParts {
  readonly store: Pick<Store, 'job' | 'loggedRecords'>;
  readonly book: OutboxBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Few at once gather and send. */
  readonly turns: Turns;
  /** Where a file of records is; rejects with `files.lost`. Undefined = there are none. */
  readonly fileAt?: (part: RecordFilePart) => Promise<string>;
  /** Records of one batch at most, whatever suits the destination. */
  readonly rowsMax: number;
  /** Rejects with `sink.*`. */
  readonly open: (outgoing: Outgoing) => Promise<DeliverySink>;
  /** The columns that the collector's schema names; undefined = those of the records. */
  readonly columnsOf: (job: Job) => Promise<readonly TableColumn[] | undefined>;
}

/** Records that are on their way into a batch. */
interface Gathered {
  readonly ids: string[];
  /** One a record, where rows have a key. */
  readonly versions: string[];
  readonly maker: RowMaker;
  upTo: string;
  count: number;
  chars: number;
  /** Made once it is complete. */
  rows?: readonly DeliveryRow[];
  /** It is of these alone. */
  file?: LoggedFile;
  /** What comes next is a file, and a batch of its own. */
  beforeFile?: boolean;
  /** When the first of them was found. */
  readonly sinceMs: number;
}

type GatheredSize = Pick<Gathered, 'count' | 'chars' | 'file' | 'beforeFile'>;

export class OutgoingRun {
  readonly #parts: OutgoingParts;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #held: HeldOutgoing;
  #sink: DeliverySink | undefined;
  #gathered: Gathered | undefined;
  /** A file is sent as one, if the destination takes it and its columns fit. */
  #asFiles = true;
  #wake = () => {};

  /** @param onEnd - told whether it ended before its time, and is to be begun anew */
  constructor(parts: OutgoingParts, held: HeldOutgoing, onEnd: (early: boolean) => void) {
    this.#parts = parts;
    this.#held = held;
    this.#ended = this.#run().then(onEnd);
  }

  /** Looks for new records now. */
  look(): void {
    this.#wake();
  }

  /** What is under way is given up; it is taken up again as it was. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the delivery is interrupted'));
    await this.#ended;
  }

  async #run(): Promise<boolean> {
    try {
      await this.#deliver();
      return false;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      // Another process has written it: it is read anew.
      if (isConflict(error)) return true;
      this.#parts.log.warn(`A delivery is begun anew: ${messageOf(error)}`, { id: this.#now.id });
      return true;
    } finally {
      await this.#closeSink();
    }
  }

  get #now(): Outgoing {
    return this.#held.outgoing;
  }

  async #deliver(): Promise<void> {
    const { store, book } = this.#parts;
    if (this.#now.state === 'delivered') await this.#put({ state: 'delivering' });
    for (;;) {
      this.#stop.signal.throwIfAborted();
      const job = await store.job(this.#now.jobId);
      if (job === undefined) return book.remove([this.#now.id]);
      const woken = this.#whenLookedAt();
      const step = await this.#inTurn(() => this.#step(job));
      if (step === 'stopped') return;
      if (step === 'nothing' && isFinalJobState(job.state)) {
        await this.#closeSink();
        return this.#put({ state: 'delivered' });
      }
      if (step === 'sent') continue;
      if (typeof step === 'number') await this.#parts.clock.sleep(step, this.#stop.signal);
      else await this.#pause(LOOK_MS, woken);
    }
  }

  /** Gathers, and sends what is due. A number: to be tried again after so many ms. */
  async #step(job: Job): Promise<'sent' | 'waiting' | 'nothing' | 'stopped' | number> {
    try {
      this.#sink ??= await this.#parts.open(this.#now);
      this.#gathered = await this.#gather(job, this.#gathered);
      const gathered = this.#gathered;
      if (gathered === undefined) {
        await this.#closeSink();
        return 'nothing';
      }
      if (!this.#isDue(gathered, job)) return 'waiting';
      await this.#send(gathered, this.#sink);
      this.#gathered = undefined;
      return 'sent';
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      if (isConflict(error) || isStoreError(error)) throw error;
      await this.#closeSink();
      return this.#bear(error);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.#parts.turns.take(this.#stop.signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Adds what is new, up to a full batch; a batch that was on its way is put together again. */
  async #gather(job: Job, before: Gathered | undefined): Promise<Gathered | undefined> {
    if (before?.rows !== undefined || before?.file !== undefined) return before;
    let gathered = before;
    if (gathered !== undefined && this.#isFull(gathered)) return gathered;
    let asked = this.#read(job, gathered?.upTo ?? this.#now.position, gathered?.ids.length ?? 0);
    for (;;) {
      const { records, next, file } = await asked;
      this.#stop.signal.throwIfAborted();
      if (file !== undefined) {
        if (gathered !== undefined) return Object.assign(gathered, { beforeFile: true });
        const only = await this.#nothingYet(job);
        if (only.maker.takeFile(file.fields)) {
          return Object.assign(only, { file, upTo: next, count: file.to - file.from });
        }
        this.#asFiles = false;
        asked = this.#read(job, this.#now.position, 0);
        continue;
      }
      if (records.length === 0) return gathered;
      gathered ??= await this.#nothingYet(job);
      for (const { json } of records) gathered.chars += json.length;
      const count = gathered.ids.length + records.length;
      const full = this.#isFull({ chars: gathered.chars, count });
      // The store reads on while rows are made of what is here.
      if (!full) asked = this.#read(job, next, count);
      asked.catch(() => {});
      for (const { seq, index, json, atMs } of records) {
        gathered.ids.push(`${job.id}.${seq}.${index}`);
        if (this.#now.key !== undefined) gathered.versions.push(versionOf(atMs, job.id));
        gathered.maker.add(json);
      }
      gathered.count = count;
      gathered.upTo = next;
      if (full) return gathered;
    }
  }

  #read(job: Job, after: string, count: number): Promise<LoggedRecords> {
    const { sending } = this.#now;
    const room = sending ? PAGE_RECORDS : this.#pace.rowsMax - count;
    return this.#parts.store.loggedRecords(job.id, {
      limit: Math.min(PAGE_RECORDS, room),
      // By now the destination may be one that takes none: then it gets the records of the file.
      files: sending ? sending.file === true && this.#sendsFiles : this.#takesFiles,
      ...(after !== '' && { after }),
      ...(sending && { upTo: sending.upTo }),
    });
  }

  async #nothingYet(job: Job): Promise<Gathered> {
    const { columns, position } = this.#now;
    const maker = new RowMaker(columns);
    if (columns.length === 0) maker.begin((await this.#parts.columnsOf(job)) ?? []);
    const sinceMs = this.#parts.clock.monoMs();
    return { ids: [], versions: [], maker, upTo: position, count: 0, chars: 0, sinceMs };
  }

  get #takesFiles(): boolean {
    return this.#sendsFiles && this.#asFiles && this.#parts.rowsMax === Number.POSITIVE_INFINITY;
  }

  get #sendsFiles(): boolean {
    return this.#parts.fileAt !== undefined && this.#sink?.writeFile !== undefined;
  }

  get #pace(): BatchPace {
    const pace = this.#sink?.pace ?? DEFAULT_PACE;
    return { ...pace, rowsMax: Math.min(pace.rowsMax, this.#parts.rowsMax) };
  }

  /** A batch that was on its way has its end already. */
  #isFull({ count, chars, file, beforeFile }: GatheredSize): boolean {
    if (this.#now.sending !== undefined) return false;
    return (
      file !== undefined ||
      beforeFile === true ||
      count >= this.#pace.rowsMax ||
      chars >= this.#pace.charsMax
    );
  }

  #isDue(gathered: Gathered, job: Job): boolean {
    if (this.#now.sending !== undefined || this.#isFull(gathered)) return true;
    if (job.state !== 'running') return true;
    return this.#parts.clock.monoMs() - gathered.sinceMs >= this.#pace.lingerMs;
  }

  async #send(gathered: Gathered, sink: DeliverySink): Promise<void> {
    const { ids, versions, maker, upTo, file } = gathered;
    gathered.rows ??= maker.take().map((values, at) => {
      const version = versions[at];
      const all = version === undefined ? values : [version, ...values];
      return { id: ids[at] as string, values: all };
    });
    const { rows } = gathered;
    const count = file ? gathered.count : rows.length;
    const { columns } = maker;
    if (this.#now.sending === undefined) {
      await this.#put({ sending: { upTo, rows: count, ...(file && { file: true }) }, columns });
    }
    const { batches } = this.#now;
    const head = batchHead(this.#now, upTo, columns);
    const { signal } = this.#stop;
    if (file === undefined) await sink.write({ ...head, rows }, signal);
    else await this.#sendFile(sink, { ...head, file: await this.#fileOf(file, columns) }, gathered);
    const { sending: _, ...kept } = this.#now;
    if (kept.failures > 0) {
      const { place, jobId } = kept;
      this.#parts.log.info(`The delivery to ${place} goes on.`, { jobId });
    }
    await this.#write({
      ...mended(kept),
      state: 'delivering',
      failures: 0,
      position: upTo,
      delivered: kept.delivered + count,
      batches: batches + 1,
      deliveredMs: this.#parts.clock.wallMs(),
    });
  }

  async #sendFile(sink: DeliverySink, batch: FileBatch, gathered: Gathered): Promise<void> {
    if (sink.writeFile === undefined) throw new Error(`${sink.place} takes no files`);
    const written = sink.writeFile(batch, this.#stop.signal);
    written.catch(() => {});
    // What cannot be made ready is told when it is sent.
    if (sink.prepareFile) await this.#prepareNext(sink, gathered).catch(() => {});
    await written;
  }

  /** What comes behind a file is another part of it as a rule. */
  async #prepareNext(sink: DeliverySink, { upTo, maker }: Gathered): Promise<void> {
    const { jobId, batches } = this.#now;
    const log = { after: upTo, limit: PAGE_RECORDS, files: true };
    const { file, next } = await this.#parts.store.loggedRecords(jobId, log);
    const behind = new RowMaker(maker.columns);
    if (file === undefined || !behind.takeFile(file.fields)) return;
    const there = { ...this.#now, position: upTo, batches: batches + 1 };
    const head = batchHead(there, next, behind.columns);
    sink.prepareFile?.({ ...head, file: await this.#fileOf(file, behind.columns) });
  }

  #fileOf(file: LoggedFile, columns: readonly OutgoingColumn[]): Promise<DeliveryFile> {
    return deliveryFile(this.#now, file, columns, this.#parts.fileAt);
  }

  /** After how many ms to try again, or that it is of no use. */
  async #bear(error: unknown): Promise<number | 'stopped'> {
    const { clock, random, log } = this.#parts;
    const { place, jobId } = this.#now;
    const failures = this.#now.failures + 1;
    const code = error instanceof SluiceError ? error.code : 'sink.failed';
    const reason = { code, message: messageOf(error).split('\n')[0] as string };
    if (!isPassing(error)) {
      log.warn(`The delivery to ${place} has stopped: ${reason.message}`, { jobId });
      await this.#put({ state: 'stopped', reason, failures });
      return 'stopped';
    }
    const drawnMs = backoffMs(BACKOFF, failures, random);
    const restMs = Math.max(REST_MS_MIN, retryAfterOf(error) ?? 0, drawnMs);
    if (failures === 1) log.warn(`The delivery to ${place} rests: ${reason.message}`, { jobId });
    await this.#put({ state: 'resting', reason, failures, retryAtMs: clock.wallMs() + restMs });
    return restMs;
  }

  async #closeSink(): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    await sink?.close().catch((error: unknown) => {
      this.#parts.log.warn(`${sink.place} could not be closed: ${messageOf(error)}`);
    });
  }

  #put(change: Partial<Outgoing>): Promise<void> {
    const goesOn = change.state === 'delivering' || change.state === 'delivered';
    return this.#write({ ...(goesOn ? mended(this.#now) : this.#now), ...change });
  }

  async #write(outgoing: Outgoing): Promise<void> {
    this.#held = await this.#parts.book.put(outgoing, this.#held.version);
  }

  #whenLookedAt(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #pause(ms: number, woken: Promise<void>): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const slept = this.#parts.clock.sleep(ms, signal).catch(() => {});
    await Promise.race([slept, woken]);
    over.abort();
  }
}

/** Without what it was that kept it waiting. */
function mended({ reason: _, retryAtMs: _at, ...outgoing }: Outgoing): Outgoing {
  return outgoing;
}

/** The store of this process, not the destination. */
function isStoreError(error: unknown): boolean {
  return error instanceof SluiceError && /^(store|job|document|cluster)\./.test(error.code);
}
