/**
 * One task: the calls of one client in a span of hours. Without a span it is what is new: from some
 * hours before the end of the last time (calls change after they were first seen) to now. The
 * hours are asked for in blocks, calls made and calls taken apart; the place moves on with each.
 *
 * A call is kept by what it is, and goes out when it is new or has changed. So a block that is read
 * again, after a crash or because a file was cut off, brings nothing twice. In bulk, a block is
 * one file of records, with all calls: nothing is compared and nothing kept.
 */
import { FailureError } from '../../model/failure.ts';
import type { Keep } from '../../model/kept.ts';
import { PackedPage } from '../../model/packed-page.ts';
import { FilePage, type RecordFileKeeper } from '../../model/record-file.ts';
import type { Page } from '../../model/task.ts';
import { classify } from '../../retry/classify.ts';
import type { SharedAccount } from '../account-service.ts';
import type { CollectContext } from '../collector.ts';
import type { CallRecord } from './call-record.ts';
import { CALLS, type CallTexts, joinExports } from './calls-in-both.ts';
import type { CampaignProcesses, InProcess } from './campaign-processes.ts';
import type { ClientInput } from './client-input.ts';
import { type ExportedFile, exportFile } from './export-file.ts';
import { capped, truncated } from './export-limits.ts';
import { type ExportTally, exportedCalls, TruncatedExport } from './export-rows.ts';
import { type HourSpan, hourText } from './hours.ts';
import type { LoginGate } from './login-gate.ts';
import { oneAhead } from './one-ahead.ts';
import { type ServerClock, serverClock } from './server-clock.ts';
import { type Direction, exportUrl, type VicidialLogin } from './vicidial-requests.ts';

/** What a tenant keeps beside its calls: how far each client was read. */
export const CLIENT_STATES = 'campaign-clients';

export interface CollectRules {
  /** Calls of the first page of an export; twice as many each time, where it is a large one. */
  readonly batch: number;
  /** Hours before the end of the last time that are read again. */
  readonly hoursAgain: number;
  /** Hours before now that are read the first time. */
  readonly hoursFirst: number;
  readonly fields: string;
  readonly recordings: boolean;
  readonly custom: boolean;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** Rows that the server gives in one export at most. */
  readonly rowsMax: number;
  /** Exports go on as files, where files can be kept. */
  readonly bulk: boolean;
}

export interface CollectParts {
  readonly processes: CampaignProcesses;
  readonly gate: LoginGate;
}

/** What is kept of a client. */
export interface ClientState {
  readonly campaign: string;
  readonly client: string;
  /** Everything before this hour of the server's clock was read; absent for a span of its own. */
  readonly doneTo?: number;
  /** It has had calls that are in both exports. */
  readonly both?: boolean;
  readonly run: ClientRun;
}

export interface ClientRun extends ExportTally {
  readonly jobId: string;
  /** Such as `2026-11-20 09`, by the server's clock; the second is not in it. */
  readonly from: string;
  readonly to: string;
  readonly endedMs: number;
  /** Why the last attempt did not get to the end. */
  readonly error?: ClientError;
  /** Why earlier attempts of this job did not: the last few, each once. */
  readonly earlier?: readonly ClientError[];
}

interface ClientError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Where a task goes on. */
interface Place extends HourSpan, ExportTally {
  readonly next: number;
  readonly direction: Direction;
  /** Hours a block; fewer when a file was cut off, more again behind it. */
  readonly block: number;
  /** The client has had calls that are in both exports. */
  readonly both: boolean;
}

type Context = CollectContext<unknown>;

const BLOCK_HOURS = 24;
const EARLIER_MAX = 5;
const PAGE_CALLS_MAX = 5_000;
const NOWHERE = { from: 0, to: 0, rows: 0, bytes: 0, damaged: 0 } as const;

export async function* collectClient(
  input: ClientInput,
  ctx: Context,
  rules: CollectRules,
  parts: CollectParts,
): AsyncGenerator<Page<CallRecord>> {
  // What goes on as a file is not parsed: it needs no process.
  const files = rules.bulk ? ctx.recordFiles : undefined;
  const process = files ? undefined : await enter(input, ctx, parts.processes);
  try {
    const account: SharedAccount<VicidialLogin> = await ctx.sharedAccount(input.account);
    checkServer(input, account.secret);
    const [clock] = await Promise.all([
      serverClock(ctx, account.secret.url, input.zone),
      parts.gate.pass(ctx, account),
    ]);
    const reading = new ClientReading(input, ctx, rules, { account, clock, process, files });
    yield* reading.pages();
  } catch (error) {
    const { class: failureClass, code, message, hint } = classify(error);
    // To wait is no failure, and an interrupted run goes on.
    if (ctx.signal.aborted || failureClass === 'throttled') throw error;
    yield {
      records: [],
      keep: [await failedState(input, ctx, { code, message, ...(hint && { hint }) })],
    };
    throw error;
  } finally {
    process?.leave();
  }
}

async function enter(
  { tenant, campaign }: ClientInput,
  ctx: Context,
  processes: CampaignProcesses,
): Promise<InProcess> {
  const entered = processes.enter(`${tenant}/${campaign}`, campaign, ctx.signal);
  return ctx.waitFor(entered).catch((error: unknown) => {
    // Its turn may come in the moment in which nobody waits for it any more.
    entered.then(
      (late) => late.leave(),
      () => {},
    );
    throw error;
  });
}

/** How far the client was read stays as it was. */
async function failedState(
  { campaign, client, key }: ClientInput,
  ctx: Context,
  error: ClientError,
): Promise<Keep> {
  const kept = await ctx.kept.get(CLIENT_STATES, [key]);
  const before = kept.get(key) as ClientState | undefined;
  const { from, to, rows, bytes, damaged } = (ctx.cursor ?? NOWHERE) as Place;
  const earlier = earlierErrors(before, ctx.jobId);
  const run = {
    jobId: ctx.jobId,
    from: from < to ? hourText(from) : '',
    to: from < to ? hourText(to) : '',
    rows,
    bytes,
    damaged,
    endedMs: ctx.nowMs(),
    error,
    ...(earlier.length > 0 && { earlier }),
  };
  const value: ClientState = {
    campaign,
    client,
    ...(before?.doneTo !== undefined && { doneTo: before.doneTo }),
    ...(before?.both && { both: true }),
    run,
  };
  return { collection: CLIENT_STATES, key, value, op: 'put' };
}

/** Of attempts of this job that did not get to the end. */
function earlierErrors(state: ClientState | undefined, jobId: string): readonly ClientError[] {
  if (state === undefined || state.run.jobId !== jobId) return [];
  const { earlier = [], error } = state.run;
  if (error === undefined) return earlier;
  const others = earlier.filter(({ message }) => message !== error.message);
  return [...others, error].slice(-EARLIER_MAX);
}

interface Reached {
  readonly account: SharedAccount<VicidialLogin>;
  readonly clock: ServerClock;
  /** One of the two is there. */
  readonly process: InProcess | undefined;
  readonly files: RecordFileKeeper | undefined;
}

type Read = PackedPage<Place> | FilePage<Place>;

class ClientReading {
  readonly #input: ClientInput;
  readonly #ctx: Context;
  readonly #rules: CollectRules;
  readonly #reached: Reached;
  #place!: Place;
  #earlier: readonly ClientError[] = [];
  #ended = false;

  constructor(input: ClientInput, ctx: Context, rules: CollectRules, reached: Reached) {
    this.#input = input;
    this.#ctx = ctx;
    this.#rules = rules;
    this.#reached = reached;
  }

  async *pages(): AsyncGenerator<Page<CallRecord>> {
    const kept = await this.#ctx.kept.get(CLIENT_STATES, [this.#input.key]);
    const before = kept.get(this.#input.key) as ClientState | undefined;
    this.#earlier = earlierErrors(before, this.#ctx.jobId);
    this.#place = (this.#ctx.cursor as Place | undefined) ?? this.#firstPlace(before);
    while (this.#place.next < this.#place.to) yield* this.#block();
    if (!this.#ended) yield { records: [], keep: [this.#state()], done: true };
  }

  #firstPlace(before: ClientState | undefined): Place {
    const { doneTo, both = false } = before ?? {};
    const { from, to } = this.#span(doneTo);
    const zero = { rows: 0, bytes: 0, damaged: 0 };
    return { from, to, next: from, direction: 'outbound', block: BLOCK_HOURS, both, ...zero };
  }

  #span(doneTo: number | undefined): HourSpan {
    const { span } = this.#input;
    // The hour that it is now is read as far as it is over.
    const to = this.#reached.clock.hour + 1;
    if (span !== undefined) return { from: span.from, to: Math.min(span.to, to) };
    const { hoursAgain, hoursFirst } = this.#rules;
    // `doneTo` is behind the hour that was not over then.
    const from = doneTo === undefined ? to - hoursFirst : doneTo - 1 - hoursAgain;
    return { from: Math.min(from, to - 1), to };
  }

  /**
   * One direction of one block; then the place is behind it, or the block is smaller. Its last page
   * says so itself, and ends the task if nothing is left: few calls cost few commits.
   */
  async *#block(): AsyncGenerator<Page<CallRecord>> {
    const { next, to, block, direction } = this.#place;
    const span = { from: next, to: Math.min(to, next + block) };
    const hours = span.to - span.from;
    const tally: ExportTally = { rows: 0, bytes: 0, damaged: 0 };
    let last: Read | undefined;
    try {
      for await (const page of this.#export(span, direction, tally)) {
        if (last) yield last;
        last = page;
      }
    } catch (error) {
      if (last && !this.#ctx.signal.aborted) yield last;
      if (!(error instanceof TruncatedExport)) throw error;
      if (hours <= 1) throw truncated(error, span);
      this.#place = { ...this.#place, block: Math.ceil(hours / 2) };
      return;
    }
    if (tally.rows >= this.#rules.rowsMax) {
      if (last) yield last;
      if (hours <= 1) throw capped(span, this.#rules.rowsMax, last !== undefined);
      this.#place = { ...this.#place, block: Math.ceil(hours / 2) };
      return;
    }
    this.#place = this.#behind(span, tally);
    const cursor = this.#place;
    if (last === undefined) {
      if (hours >= BLOCK_HOURS) yield { records: [], cursor };
      return;
    }
    this.#ended = cursor.next >= cursor.to;
    const end = this.#ended && { keep: [...last.keep, this.#state()], done: true };
    yield last.with({ cursor, ...end });
  }

  async *#export(span: HourSpan, direction: Direction, tally: ExportTally): AsyncGenerator<Read> {
    const { campaign, client, campaignIds, inGroups = [], lists } = this.#input;
    const { account, clock, process, files } = this.#reached;
    const { fields, recordings, custom, timeoutMs, deadlineMs } = this.#rules;
    const called = direction === 'outbound' ? campaignIds : inGroups;
    const url = exportUrl(account.secret.url, {
      span,
      direction,
      called,
      lists,
      fields,
      recordings,
      custom,
    });
    const context = { campaign, client, direction, zone: clock.zone };
    const ask = { url, account, context, timeoutMs, deadlineMs };
    const note = () => {
      const rows = this.#place.rows + tally.rows;
      this.#ctx.note(`${campaign}/${client}: ${rows} rows, up to ${hourText(span.to)}`);
    };
    if (process === undefined) {
      const bounds = { tally, rowsMax: this.#rules.rowsMax };
      if (files) yield* filePages(await exportFile(this.#ctx, files, ask, bounds), this.#place);
      note();
      return;
    }
    let most = this.#rules.batch;
    for await (const calls of oneAhead(exportedCalls(this.#ctx, { ...ask, process }, tally))) {
      for (let at = 0; at < calls.keys.length; at += most) {
        yield await this.#page(calls, at, at + most);
      }
      most = Math.min(PAGE_CALLS_MAX, most * 2);
      note();
    }
  }

  /**
   * With the place where the attempt is, so that what comes of the same block in the next one is
   * numbered behind it: rows that have come in between are not taken for those that were there.
   */
  async #page({ keys, texts }: CallTexts, from: number, to: number): Promise<PackedPage<Place>> {
    const { direction, both } = this.#place;
    const calls = { keys: keys.slice(from, to), texts: texts.slice(from, to) };
    const joined = await joinExports(this.#ctx.kept, calls, direction, both);
    if (joined.keep.length > 0 && !both) this.#place = { ...this.#place, both: true };
    const kept = { collection: CALLS, keys: joined.keys };
    return new PackedPage({ texts: joined.texts, cursor: this.#place, kept, keep: joined.keep });
  }

  #behind(span: HourSpan, tally: ExportTally): Place {
    const { rows, bytes, damaged } = this.#place;
    const sums = {
      rows: rows + tally.rows,
      bytes: bytes + tally.bytes,
      damaged: damaged + tally.damaged,
    };
    // What was cut off once need not be small for ever.
    const wider = Math.min(BLOCK_HOURS, this.#place.block * 2);
    const inbound = this.#place.direction === 'outbound' && this.#input.inGroups !== undefined;
    return inbound
      ? { ...this.#place, ...sums, direction: 'inbound' }
      : { ...this.#place, ...sums, direction: 'outbound', next: span.to, block: wider };
  }

  #state(): Keep {
    const { campaign, client, key, span } = this.#input;
    const { from, to, rows, bytes, damaged, both } = this.#place;
    if (damaged > 0) {
      this.#ctx.log.warn(`${campaign}/${client}: ${damaged} rows were no calls and left out.`);
    }
    const value: ClientState = {
      campaign,
      client,
      ...(span === undefined && { doneTo: to }),
      ...(both && { both: true }),
      run: {
        jobId: this.#ctx.jobId,
        from: hourText(from),
        to: hourText(to),
        rows,
        bytes,
        damaged,
        endedMs: this.#ctx.nowMs(),
        ...(this.#earlier.length > 0 && { earlier: this.#earlier }),
      },
    };
    return { collection: CLIENT_STATES, key, value, op: 'put' };
  }
}

/** Few calls are records like any others. */
function filePages(exported: ExportedFile, cursor: Place): readonly Read[] {
  if ('file' in exported) return [new FilePage({ file: exported.file, cursor })];
  if (exported.texts.length === 0) return [];
  return [new PackedPage({ texts: exported.texts, cursor, keep: [] })];
}

/** A row cannot send another server's password to its own. */
function checkServer({ url, account }: ClientInput, secret: VicidialLogin): void {
  if (url === '' || url === secret.url) return;
  throw new FailureError({
    class: 'invalid',
    code: 'campaigns.other_server',
    message: `The account ${account} is for another server than ${new URL(url).host}.`,
    hint: 'Enter the credentials of this server anew, or correct the row.',
  });
}
