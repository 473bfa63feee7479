/**
 * Deliveries of records to destinations, while their jobs run and after: what is asked for, kept in
 * the store, and carried out by one process at a time. A job waits for none of it.
 *
 * Deliveries are stored before their job is, so that no job is without them; one whose job never
 * came is removed by whoever comes across it.
 */

import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Job } from '../../model/job.ts';
import { isFinalJobState } from '../../model/lifecycle.ts';
import type { DeliveryState, Outgoing } from '../../model/outbox.ts';
import type { RecordFilePart } from '../../model/record-file.ts';
import type { TableColumn } from '../../model/table.ts';
import type { SinkKind } from '../../sinks/delivery-sink.ts';
import type { Store } from '../../store/store.ts';
import type { Feed } from '../feed.ts';
import type { Sealer } from '../webhook-book.ts';
import { kindOf } from './kind-of.ts';
import { type HeldOutgoing, OutboxBook, outgoingId } from './outbox-book.ts';
import { type OutgoingParts, OutgoingRun } from './outgoing-run.ts';
import { Turns } from './turns.ts';

/** Each may hold a batch of some megabytes. */
const AT_ONCE = 4;
const PER_JOB_MAX = 10;
/** Without a scheme: no address of any kind. */
const IS_NAME = /^[\w.-]{1,64}$/;
/** How often deliveries are looked for that other processes have asked for. */
const SCAN_MS = 5_000;
const AGAIN_MS = 1_000;
/** A job is stored right behind its deliveries. */
const ORPHAN_MS = 60_000;

export interface OutboxParts {
  readonly store: Store;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly kinds: readonly SinkKind[];
  readonly sealer: Sealer;
  /** Whether several nodes share the store. */
  readonly shared: boolean;
  /** Whether each of them can open what is sealed here. */
  readonly keyShared: boolean;
  /** Addresses by the names that stand for them; anybody may deliver there. */
  readonly named: ReadonlyMap<string, string>;
  /** Where files of records are; undefined = there are none. */
  readonly fileAt?: (part: RecordFilePart) => Promise<string>;
  /** Records of one batch at most. */
  readonly rowsMax: number;
  readonly columnsOf: (job: Job) => Promise<readonly TableColumn[] | undefined>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** An address that was looked at, but not gone to. */
export interface Destination {
  readonly address: string;
  readonly place: string;
  readonly key?: readonly string[];
}

export interface OutboxStanding {
  readonly states: ReadonlyMap<DeliveryState, number>;
  readonly waiting: number;
}

type JobName = Pick<Job, 'id' | 'tenant' | 'collector'>;

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #book: OutboxBook;
  readonly #turns = new Turns(AT_ONCE);
  readonly #runs = new Map<string, OutgoingRun>();
  readonly #timers = new Set<Timer>();
  /** Only of this job. */
  #only: string | undefined;
  #begun = false;
  #leaveFeed = () => {};

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#book = new OutboxBook(parts.store, parts.clock);
  }

  /**
   * Reads addresses, or names that stand for them. Throws `sink.invalid`, and `sink.not_allowed`
   * where `anywhere` is false and it is none of the names.
   */
  check(addresses: readonly string[], anywhere: boolean): readonly Destination[] {
    const { shared, named } = this.#parts;
    if (addresses.length > PER_JOB_MAX) {
      const detail = `a job has ${PER_JOB_MAX} destinations at most`;
      throw new SluiceError('sink.invalid', { place: `${addresses.length} places`, detail });
    }
    const found = new Map<string, Destination>();
    for (const given of addresses) {
      const address = named.get(given) ?? given;
      if (address === given && IS_NAME.test(given)) {
        const names = [...named.keys()].join(', ') || 'there are none';
        const detail = `no destination of this server has that name (${names}), nor is it an address`;
        throw new SluiceError('sink.invalid', { place: given, detail });
      }
      const kind = this.#kindOf(address);
      const { place, key, address: whole = address } = kind.check(address);
      if (kind.local && shared) {
        const detail = 'files are of one machine, and any of the nodes may write them';
        throw new SluiceError('sink.invalid', { place, detail });
      }
      if (!anywhere && !named.has(given)) {
        const names = [...named.keys()].join(', ') || 'there are none';
        throw new SluiceError('sink.not_allowed', { place, names });
      }
      // A name stands for what it is when something is sent: passwords change.
      const kept = named.has(given) ? given : whole;
      found.set(place, { address: kept, place, ...(key && { key }) });
    }
    return [...found.values()];
  }

  /** Names that anybody may deliver to, and whether rows there may have keys of their own. */
  names(): readonly { readonly name: string; readonly keyed: boolean }[] {
    return [...this.#parts.named].flatMap(([name, address]) =>
      this.trouble(name) === undefined ? [{ name, keyed: this.#kindOf(address).keyed }] : [],
    );
  }

  /** Why nothing can be delivered to a name: its address is none. */
  trouble(name: string): string | undefined {
    try {
      this.check([name], true);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** What was asked for stays; once more has it go on where it has stopped. */
  async add(job: JobName, destinations: readonly Destination[]): Promise<readonly Outgoing[]> {
    const { sealer, keyShared, clock } = this.#parts;
    if (destinations.length > 0 && !keyShared) throw new SluiceError('secret.key_unshared');
    const added: Outgoing[] = [];
    for (const { address, place, key } of destinations) {
      const id = outgoingId(job.id, place);
      await this.#endRun(id);
      const before = await this.#book.find(id);
      const outgoing: Outgoing = before?.outgoing ?? {
        id,
        jobId: job.id,
        tenant: job.tenant,
        place,
        address: '',
        table: tableName(job.collector),
        createdMs: clock.wallMs(),
        state: 'delivering',
        failures: 0,
        delivered: 0,
        batches: 0,
        position: '',
        columns: [],
        ...(key && { key }),
      };
      const { reason: _, retryAtMs: _at, ...mended } = outgoing;
      const sealed = { ...mended, state: 'delivering', address: sealer.seal(address) } as const;
      this.#start(await this.#book.put(sealed, before?.version ?? 0));
      added.push(sealed);
    }
    return added;
  }

  /** Has all deliveries of a job go on that have stopped or rest; answers with all. */
  async goOn(jobId: string): Promise<readonly Outgoing[]> {
    for (const { outgoing } of await this.#book.list(jobId)) {
      await this.#endRun(outgoing.id);
      const found = await this.#book.find(outgoing.id);
      if (found === undefined) continue;
      const { reason: _, retryAtMs: _at, ...mended } = found.outgoing;
      const held = await this.#book.put({ ...mended, state: 'delivering' }, found.version);
      this.#start(held);
    }
    return this.list(jobId);
  }

  async list(jobId: string): Promise<readonly Outgoing[]> {
    return (await this.#book.list(jobId)).map(({ outgoing }) => outgoing);
  }

  /** Of all jobs. */
  async all(): Promise<readonly Outgoing[]> {
    return (await this.#book.list()).map(({ outgoing }) => outgoing);
  }

  /** How many there are in each state, and records that are still to be delivered. */
  async standing(): Promise<OutboxStanding> {
    const states = new Map<DeliveryState, number>();
    let waiting = 0;
    for (const { jobId, state, delivered } of await this.all()) {
      states.set(state, (states.get(state) ?? 0) + 1);
      if (state === 'delivered') continue;
      const job = await this.#parts.store.job(jobId);
      waiting += Math.max(0, (job?.counters.records ?? 0) - delivered);
    }
    return { states, waiting };
  }

  /** Forgets those of a job that is gone, or never came. */
  async remove(jobId: string): Promise<void> {
    const held = await this.#book.list(jobId);
    for (const { outgoing } of held) await this.#endRun(outgoing.id);
    await this.#book.remove(held.map(({ outgoing }) => outgoing.id));
  }

  /** Takes up what is to be delivered: of all jobs, or of one. */
  async begin(only?: string): Promise<void> {
    this.#begun = true;
    this.#only = only;
    this.#leaveFeed = this.#parts.feed.subscribe((event) => {
      if (event.type !== 'job.state') return;
      for (const [id, run] of this.#runs) if (id.startsWith(`${event.jobId}.`)) run.look();
      if (event.state === 'running') this.#hold(this.#scan(event.jobId));
    });
    await this.#scan(only);
    if (this.#parts.shared) this.#scanLater();
  }

  /** What is under way is taken up again by whoever begins next. */
  async end(): Promise<void> {
    this.#begun = false;
    this.#leaveFeed();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    await Promise.all([...this.#runs.values()].map((run) => run.close()));
  }

  async #scan(jobId?: string): Promise<void> {
    for (const held of await this.#book.list(jobId)) {
      if (!this.#begun) return;
      const { id, state, delivered, createdMs } = held.outgoing;
      if (this.#runs.has(id) || state === 'stopped') continue;
      const job = await this.#parts.store.job(held.outgoing.jobId);
      if (job === undefined) {
        if (createdMs < this.#parts.clock.wallMs() - ORPHAN_MS) await this.#book.remove([id]);
        continue;
      }
      const all = isFinalJobState(job.state) && delivered >= job.counters.records;
      if (state !== 'delivered' || !all) this.#start(held);
    }
  }

  #scanLater(): void {
    this.#later(SCAN_MS, async () => {
      try {
        await this.#scan();
      } finally {
        if (this.#begun) this.#scanLater();
      }
    });
  }

  #start(held: HeldOutgoing): void {
    const { id, jobId } = held.outgoing;
    if (!this.#begun || this.#runs.has(id)) return;
    if (this.#only !== undefined && this.#only !== jobId) return;
    const run = new OutgoingRun(this.#runParts, held, (early) => {
      if (this.#runs.get(id) === run) this.#runs.delete(id);
      if (early && this.#begun) this.#later(AGAIN_MS, () => this.#scan(jobId));
    });
    this.#runs.set(id, run);
  }

  async #endRun(id: string): Promise<void> {
    const run = this.#runs.get(id);
    await run?.close();
    if (this.#runs.get(id) === run) this.#runs.delete(id);
  }

  get #runParts(): OutgoingParts {
    const { store, clock, random, log, columnsOf, rowsMax, fileAt, sealer } = this.#parts;
    return {
      ...(fileAt && { fileAt }),
      store,
      clock,
      random,
      log,
      columnsOf,
      rowsMax,
      book: this.#book,
      turns: this.#turns,
      open: async ({ address }) => {
        const given = sealer.open(address);
        const opened = this.#parts.named.get(given) ?? given;
        return this.#kindOf(opened).open(opened);
      },
    };
  }

  #kindOf(address: string): SinkKind {
    return kindOf(address, this.#parts.kinds);
  }

  #later(ms: number, work: () => Promise<void>): void {
    const timer = this.#parts.clock.after(ms, () => {
      this.#timers.delete(timer);
      this.#hold(work());
    });
    this.#timers.add(timer);
  }

  #hold(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#parts.log.warn(`Deliveries were not looked for: ${messageOf(error)}`);
    });
  }
}

/** A collector's name as one of a table; that of a file is its own. */
function tableName(collector: string): string {
  const name = collector.replace(/^.*[/\\]/, '').replace(/\.\w+$/, '');
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return /^[a-z]/.test(plain) ? plain.slice(0, 63) : `t_${plain}`.slice(0, 63);
}
