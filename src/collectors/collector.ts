import type { ZodType } from 'zod';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { AccountNeed } from '../model/account.ts';
import type { FileKeeper } from '../model/file.ts';
import type { LaneKey, LaneLimits } from '../model/lane.ts';
import type { RecordFileKeeper } from '../model/record-file.ts';
import type { Source } from '../model/source.ts';
import type { Page, TaskSeed } from '../model/task.ts';
import type { AccountService, HeldAccount, SharedAccount } from './account-service.ts';

export type { Source, SourceRow } from '../model/source.ts';

/**
 * What to collect. An async generator of pages: each page that it yields is durable before it is
 * asked for the next, so a crash costs at most the page in hand. A collector of a user's own is one
 * file with these names; only `name` and `collect` have no default.
 */
export interface Collector<Input = unknown, Options = unknown, Rec = unknown> {
  readonly name: string;
  /** One sentence for lists. */
  readonly summary?: string;
  /** A row of the input. Default: an object with the row's cells by column name. */
  readonly input?: ZodType<Input>;
  readonly options?: ZodType<Options>;
  readonly record?: ZodType<Rec>;
  readonly defaults?: Partial<CollectorDefaults>;
  /**
   * What a column of the input must hold, such as `websites`: the user chooses it by `--column`.
   */
  readonly columnFor?: string;
  /**
   * Turns the input into tasks, one seed a row in the order of the rows. Default: row by row
   * through `input`.
   */
  plan?(source: Source, options: Options, ctx: PlanContext): AsyncIterable<TaskSeed<Input>>;
  /**
   * The lanes that a task needs to start, the most limiting first: usually its host. Default: none.
   * One that no call passes is held until the attempt ends: so many at once, waiting ones counted.
   */
  lanes?(input: Input, options: Options, job: JobOfLanes): readonly LaneKey[];
  /**
   * Limits of lanes of the collector's own kinds; undefined = the settings' default for that
   * kind.
   */
  limits?(lane: LaneKey, options: Options): LaneLimits | undefined;
  /**
   * Columns of an input that hold secrets: a file with one of them is refused before it is copied.
   */
  readonly secretColumns?: readonly string[];
  /** What kind of accounts it works with. */
  readonly service?: AccountService;
  /** The account that a task needs, if any: it starts only where one may be had. */
  account?(input: Input, options: Options): AccountNeed | undefined;
  /** Equal keys mean equal answers, across jobs, for `resultTtlMs` (see the settings). */
  cacheKey?(input: Input, options: Options): string | undefined;
  /** Does the work. A plain async function counts as one last page. */
  collect(
    input: Input,
    ctx: CollectContext<Options>,
  ): AsyncIterable<Page<Rec>> | Promise<Page<Rec> | undefined>;
  /** Columns of the result when rows go out as CSV. Default: the keys of `record`. */
  readonly table?: ResultTable<Rec, Options>;
}

/** For lanes of one job, or of one tenant, alone. */
export interface JobOfLanes {
  readonly id: string;
  readonly tenant: string;
}

export interface CollectorDefaults {
  /** Active attempts a job; 0 = as the settings say. */
  readonly concurrency: number;
  readonly attemptTimeoutMs: number;
  /** Retries after the first attempt. */
  readonly retries: number;
  /** `row`: each input row gets its results beside it. `record`: one line a record. */
  readonly output: 'row' | 'record';
}

/** How a row's records become cells. */
export interface ResultTable<Rec, Options = unknown> {
  columns(options: Options): readonly string[];
  cells(records: readonly Rec[], options: Options): readonly string[];
}

export interface PlanContext {
  /** Whose job it is. */
  readonly tenant: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

export interface CollectContext<Options = unknown> {
  readonly options: Options;
  readonly jobId: string;
  readonly tenant: string;
  readonly seq: number;
  /** 1 on the first attempt, and on the first after one that went on. */
  readonly attemptNo: number;
  /** Cursor of the last committed page, or undefined on a fresh start. */
  readonly cursor: unknown;
  /** Aborts on deadline, cancel, pause and shutdown. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly random: Random;
  /** What the tenant has kept so far, by pages of this job and of others before it. */
  readonly kept: KeptReads;
  /** Wall time, ms. */
  nowMs(): number;
  /**
   * Fetches through the host's lane, robots.txt, redirects and the address guard. While it waits
   * there, the attempt's slots are lent to others. Throws on a status of 400 or more unless
   * `anyStatus` is set: the failure is then judged by its status.
   *
   * With `stream` it resolves with the headers, and the body comes piece by piece as it is taken;
   * its lane is passed until its end. It ends with the attempt at the latest.
   */
  fetch(url: string | URL, init: FetchInit & { readonly stream: true }): Promise<FetchedStream>;
  fetch(url: string | URL, init?: FetchInit): Promise<FetchedPage>;
  /**
   * Runs an exported function of a module in a worker thread; arguments and result are plain
   * data. Where `how` names a lane, it is passed first, as `fetch` does with the host's.
   */
  compute<T>(
    module: URL,
    name: string,
    args: readonly unknown[],
    transfer?: readonly ArrayBuffer[],
    how?: ComputeInit,
  ): Promise<T>;
  /** Keeps files: a picture, a document. What it stored may be named in a page's records. */
  readonly files: FileKeeper;
  /**
   * Takes files of records, for a `FilePage`: where one page brings very many. Undefined where
   * none can be kept, as with several nodes: records then go into pages as they are. Internal: the
   * package exports no `FilePage`, and what is in such a file may change with any version.
   */
  readonly recordFiles?: RecordFileKeeper | undefined;
  /**
   * An account of the tenant that nobody else uses, for an endpoint (default: that of `account`).
   * Waits without a slot while others have them all; where all rest, it throws, and the task waits
   * until one is back. To be given back with `using`, or at the latest when the attempt ends.
   */
  account(endpoint?: string): Promise<HeldAccount>;
  /**
   * The account of that name, not leased: for services that let one login work many times at once.
   * Throws where there is none, where it was set aside, and while it rests.
   */
  sharedAccount(name: string): Promise<SharedAccount>;
  /** Waits for something of the collector's own without holding a slot. */
  waitFor<T>(work: Promise<T>): Promise<T>;
  /** Sleeps without holding a slot. */
  sleep(ms: number): Promise<void>;
  /** A line for the live display. */
  note(text: string): void;
}

export interface ComputeInit {
  /** Such as `kind:analytics`: so many at once, of all jobs. */
  readonly lane?: LaneKey;
  /** Longest run, ms. Default: 20 s. */
  readonly timeoutMs?: number;
  /** Whose threads run it, such as `analytics`. Default: `general`. */
  readonly pool?: string;
  /**
   * Surely over within a few milliseconds, whatever its arguments hold: where all threads are busy,
   * it may then run on the main one, where no limit of time guards it.
   */
  readonly short?: boolean;
}

export interface KeptReads {
  /** Values of those keys that the collection has; 1,000 keys a call at most. */
  get(collection: string, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /** Entries whose keys begin so, in the order of the keys: 1,000 at most. */
  list(collection: string, prefix: string, limit?: number): Promise<ReadonlyMap<string, unknown>>;
}

export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** Longest time for the whole exchange, ms. Default: `requestDeadline` of the settings. */
  readonly deadlineMs?: number;
  readonly bodyBytesMax?: number;
  /** The body is not collected: it is taken while it comes. */
  readonly stream?: boolean;
  /** Resolve for every status instead of throwing from 400 on. */
  readonly anyStatus?: boolean;
  /** Ask robots.txt first (default true, for GET and HEAD without an account). */
  readonly robots?: boolean;
  /**
   * Whose request it is: it passes the account's lane instead of the host's, renews the lease, is
   * never sent again by itself and not at all once the lease is over.
   */
  readonly account?: HeldAccount;
  /** Lane to pass instead of the host's. */
  readonly lane?: LaneKey;
  /** The pool that it is counted in, such as `ai`. Default: none. */
  readonly pool?: string;
  readonly redirectsMax?: number;
  /** Gives up this one call, also while it waits for its lane; it rejects with the reason. */
  readonly signal?: AbortSignal;
}

export interface FetchedPage {
  /** Final URL after redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether the body is kept elsewhere as well: it must not be changed, nor its memory moved. */
  readonly bodyShared?: boolean;
  readonly redirects: readonly string[];
  /** Body as text: charset from BOM, header, meta, then UTF-8 or windows-1252. */
  text(): string;
  json(): unknown;
}

/** An answer whose body is still to come. */
export interface FetchedStream extends Omit<FetchedPage, 'body' | 'text' | 'json'> {
  /** Decompressed pieces, to be read once. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Gives a collector its types: `export const collector = defineCollector({ … })`. */
export function defineCollector<Input, Options = unknown, Rec = unknown>(
  collector: Collector<Input, Options, Rec>,
): Collector<Input, Options, Rec> {
  return collector;
}
