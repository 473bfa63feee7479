import { AbortCause } from '../base/abort.ts';
import { SluiceError } from '../base/errors.ts';
import type { SharedAccount } from '../collectors/account-service.ts';
import type {
  CollectContext,
  ComputeInit,
  FetchedPage,
  FetchedStream,
  FetchInit,
  KeptReads,
} from '../collectors/collector.ts';
import type { FileKeeper, KeptFile, NewFile } from '../model/file.ts';
import type { RecordFileKeeper, RecordFileWriter } from '../model/record-file.ts';
import type { RecordFileFolder } from '../store/record-files/record-file-folder.ts';
import type { MeteredTask } from '../workers/pool-meter.ts';
import type { Attempt } from './attempt.ts';
import { takeAccount } from './attempt-account.ts';
import { fetchPage, fetchStream } from './attempt-fetch.ts';
import { computeInLane } from './compute-in-lane.ts';
import type { LeasedAccount } from './held-account.ts';
import { keptValues, listedValues } from './kept-reads.ts';
import { seenLogger } from './seen-logger.ts';
import { shareAccount } from './shared-account.ts';

/** Notes are for a line of the display, and the feed keeps thousands. */
const NOTE_CHARS_MAX = 500;

/** What a collector sees of one attempt. A class, so that a context costs one small object. */
export class AttemptContext implements CollectContext {
  readonly #attempt: Attempt;
  /** Parsed once: it stays the same value, however often it is asked for. */
  #cursor: { readonly value: unknown } | undefined;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  get options(): unknown {
    return this.#attempt.run.options;
  }

  get jobId(): string {
    return this.#attempt.run.job.id;
  }

  get tenant(): string {
    return this.#attempt.run.job.tenant;
  }

  get seq(): number {
    return this.#attempt.task.seq;
  }

  get attemptNo(): number {
    return this.#attempt.task.attemptNo + 1;
  }

  get cursor(): unknown {
    const { cursor } = this.#attempt.task;
    if (cursor === undefined) return undefined;
    this.#cursor ??= { value: JSON.parse(cursor) };
    return this.#cursor.value;
  }

  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  get random() {
    return this.#attempt.parts.random;
  }

  get log() {
    const { log, observed } = this.#attempt.parts;
    const { jobId, seq } = this;
    const plain = log.with({ jobId, seq });
    const { by } = observed;
    return by?.logged === undefined ? plain : seenLogger(plain, { jobId, seq }, by);
  }

  get kept(): KeptReads {
    const { seat, run, parts } = this.#attempt;
    return {
      get: (collection, keys) =>
        handled(seat.call(() => keptValues(parts.store, run.job.tenant, collection, keys))),
      list: (collection, prefix, limit) => {
        const asked = { tenant: run.job.tenant, collection, prefix, limit };
        return handled(seat.call(() => listedValues(parts.store, asked)));
      },
    };
  }

  nowMs(): number {
    return this.#attempt.parts.clock.wallMs();
  }

  fetch(url: string | URL, init: FetchInit & { readonly stream: true }): Promise<FetchedStream>;
  fetch(url: string | URL, init?: FetchInit): Promise<FetchedPage>;
  fetch(url: string | URL, init?: FetchInit): Promise<FetchedPage | FetchedStream> {
    const { seat, signal: own } = this.#attempt;
    const signal = init?.signal ? AbortSignal.any([own, init.signal]) : own;
    if (init?.stream) return handled(seat.call(() => this.#stream(url, init, signal)));
    const { fetch, pools } = this.#attempt.parts;
    const meter = init?.pool === undefined ? undefined : pools?.meter(init.pool);
    if (meter === undefined) {
      return handled(seat.call(() => fetchPage(fetch, seat, signal, url, init)));
    }
    return handled(
      metered(meter.begin(this.#label(URL.parse(String(url))?.host ?? '')), (onSent) =>
        seat.call(() => fetchPage(fetch, seat, signal, url, { ...init, onSent })),
      ),
    );
  }

  compute<T>(
    module: URL,
    name: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] = [],
    { lane, timeoutMs, pool, short }: ComputeInit = {},
  ): Promise<T> {
    const { seat, signal, parts } = this.#attempt;
    const call = {
      module,
      name,
      args,
      transfer,
      label: this.#label(name),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(pool !== undefined && { pool }),
      ...(short === true && { short }),
    };
    const run = () => parts.compute.run(call, signal) as Promise<T>;
    return handled(
      seat.call(() =>
        lane === undefined ? run() : computeInLane(seat, parts.clock, lane, run, signal),
      ),
    );
  }

  get files(): FileKeeper {
    return { put: (file) => this.#putFile(file) };
  }

  get recordFiles(): RecordFileKeeper | undefined {
    const { recordFiles } = this.#attempt.parts.files;
    if (recordFiles === undefined) return undefined;
    return {
      begin: () => handled(this.#attempt.seat.call(() => this.#beginFile(recordFiles))),
    };
  }

  account(endpoint?: string): Promise<LeasedAccount> {
    const { seat } = this.#attempt;
    return handled(seat.call(() => takeAccount(this.#attempt, endpoint)));
  }

  sharedAccount(name: string): Promise<SharedAccount> {
    const { seat } = this.#attempt;
    return handled(seat.call(() => shareAccount(this.#attempt, String(name))));
  }

  waitFor<T>(work: Promise<T>): Promise<T> {
    const { seat, signal } = this.#attempt;
    return handled(seat.call(() => seat.waitHolding(work, signal)));
  }

  sleep(ms: number): Promise<void> {
    const { seat, signal } = this.#attempt;
    return handled(
      seat.call(async () => {
        if (!(ms < Number.POSITIVE_INFINITY)) {
          throw new SluiceError('collector.threw', { detail: `ctx.sleep takes ms, not ${ms}` });
        }
        await seat.pause(ms, signal);
      }),
    );
  }

  #label(what: string): string {
    return `${what}, row ${this.seq} of ${this.jobId}`;
  }

  async #stream(url: string | URL, init: FetchInit, signal: AbortSignal): Promise<FetchedStream> {
    const { seat, parts } = this.#attempt;
    const fetched = await fetchStream(parts.fetch, seat, signal, url, init);
    this.#attempt.atEnd(() => fetched.body.cancel());
    return fetched;
  }

  /** It is called after the record that it begins with. */
  async #beginFile(files: RecordFileFolder): Promise<RecordFileWriter> {
    const writer = await files.write(this.jobId, this.seq, this.#attempt.recordCount);
    // One that was finished stays: its page may be on its way.
    this.#attempt.atEnd(() => void writer.discard().catch(() => {}));
    return writer;
  }

  #putFile(file: NewFile): Promise<KeptFile> {
    const { seat, signal, parts } = this.#attempt;
    return handled(seat.call(() => parts.files.put(this.tenant, file, signal)));
  }

  note(text: string): void {
    const note = String(text).slice(0, NOTE_CHARS_MAX);
    this.#attempt.parts.feed.append({ type: 'task.note', jobId: this.jobId, seq: this.seq, note });
  }
}

/** So that `collect(input, { fetch, log })` works: each method knows whose it is. */
for (const [name, { value }] of Object.entries(
  Object.getOwnPropertyDescriptors(AttemptContext.prototype),
)) {
  if (typeof value !== 'function' || name === 'constructor') continue;
  Object.defineProperty(AttemptContext.prototype, name, {
    get(this: AttemptContext) {
      return value.bind(this);
    },
  });
}

/** Counts a request in a pool from its being asked for to its answer. */
async function metered(
  task: MeteredTask,
  send: (onSent: () => void) => Promise<FetchedPage>,
): Promise<FetchedPage> {
  let sent = false;
  try {
    const page = await send(() => {
      sent = true;
      task.started();
    });
    task.ended(page.status < 400);
    return page;
  } catch (error) {
    task.ended(sent && !(error instanceof AbortCause) ? false : undefined);
    throw error;
  }
}

/** A collector need not wait for each of its calls: one that fails then is no crash. */
function handled<T>(call: Promise<T>): Promise<T> {
  call.catch(() => {});
  return call;
}
