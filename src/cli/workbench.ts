import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Signals } from '../cluster/signals.ts';
import type { Registry } from '../collectors/registry.ts';
import type { AccountBook } from '../engine/account-book.ts';
import type { ClusterEngine } from '../engine/cluster-engine.ts';
import type { EngineApi } from '../engine/engine-api.ts';
import type { EntryDeliveries } from '../engine/outbox/entry-deliveries.ts';
import type { Outbox } from '../engine/outbox/outbox.ts';
import type { SetLimits } from '../engine/set-limits.ts';
import type { MapEnd, MapRun } from '../engine/tasks/map-run.ts';
import type { Tenants } from '../engine/tenants.ts';
import type { Uploads } from '../engine/uploads.ts';
import type { Blockage } from '../model/lane.ts';
import type { ResolvedSettings } from '../model/resolve-settings.ts';
import type { DeliverySink } from '../sinks/delivery-sink.ts';
import type { Uploaded } from '../sinks/s3-upload.ts';
import type { ClusterStore, NodeIntro, NodeRow } from '../store/cluster-store.ts';
import type { Store } from '../store/store.ts';
import type { PoolBook } from '../workers/pool-book.ts';

/** What a workbench is for: a `service` logs for machines where nobody looks. */
export type Purpose = 'command' | 'service';

/** Where log lines go: to stderr, or past a live block while one is shown. */
export interface Talk {
  say: ((line: string) => void) | undefined;
}

/** What commands work with; the composition root makes it. */
export interface Workbench {
  readonly resolved: ResolvedSettings;
  /** Absolute. */
  readonly dataDir: string;
  /** What relative paths of the user start from. */
  readonly cwd: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly talk: Talk;
  /** The workers by kind of work, once an engine was opened. */
  readonly pools: PoolBook;
  /**
   * An engine that owns the data directory, or one of the nodes that share a Postgres; rejects with
   * `store.*` where it cannot, and a worker that is alone with `cluster.alone`.
   */
  openEngine(kind: NodeKind): Promise<EngineSession>;
  /** The HTTP server over an engine; not yet listening. */
  openServer(session: EngineSession): Promise<ServerSession>;
  /** Deliveries of the engine's jobs to destinations; not yet begun. */
  openOutbox(session: EngineSession): Promise<OutboxSession>;
  /** A destination whose rows have keys, by its address or name. Rejects with `sink.invalid`. */
  openDestination(given: string): Promise<OpenDestination>;
  /** What a worker says of itself by HTTP; not yet listening. */
  openHealth(session: EngineSession): Promise<WorkerHealth>;
  /** Uploads files into S3-compatible storage; fails with `files.*`. */
  upload(
    files: readonly string[],
    to: string,
    onBytes: (bytes: UploadBytes) => void,
  ): Promise<Uploading>;
  /** Brings an input of a job to this machine, where another node has it. */
  inputHere(path: string): Promise<void>;
  /** Rejects with `store.missing` or `store.unreadable` where an engine would make a database. */
  checkThere(): Promise<void>;
  /** What tells of accounts, keys and the like in the data directory, without owning it. */
  openReading(): Promise<ReadingSession>;
  /** The store for looking only, beside whatever engine owns it. */
  openReader(): Promise<Store>;
  /** Looks at the Postgres that nodes share; undefined = there is none. Rejects with `store.*`. */
  examineDatabase(): Promise<DatabaseExam | undefined>;
  /** The store, with what is going on elsewhere. */
  openWatch(): Promise<Watch>;
  /**
   * Moves what the data directory holds into an empty Postgres, all or nothing; `onRows` is told
   * how many rows are there, of how many. Rejects with `store.*`.
   */
  moveStore(url: string, onRows: (rows: number, of: number) => void): Promise<MovedStore>;
}

export interface UploadBytes {
  readonly doneBytes: number;
  /** Of the files that were begun. */
  readonly totalBytes: number;
}

/** Files on their way; disposing of it gives up those that are not there yet. */
export interface Uploading extends AsyncDisposable {
  /** Rejects with `files.*` where nothing can be uploaded to the place at all. */
  readonly opened: Promise<void>;
  readonly uploads: Pick<MapRun<never, Uploaded>, 'progress' | 'cancel'> &
    AsyncIterable<MapEnd<unknown, Uploaded>>;
}

/** What is found of the Postgres that nodes share. */
export interface DatabaseExam {
  /** As Postgres says it: `17.5`. */
  readonly version: string;
  /** Its wall clock minus ours, ms, and how far that may be off. */
  readonly clockMs: number;
  readonly clockErrorMs: number;
  /** Whether what is told on one connection is heard on another. */
  readonly listens: boolean;
  readonly nodes: readonly Pick<NodeRow, 'name' | 'kind' | 'version' | 'leaseMs'>[];
  readonly running: number;
  /** Running jobs that nobody sees to the end of. */
  readonly leaderless: number;
}

export interface Watch {
  readonly store: Store;
  /** Of running jobs, by their ids. */
  standings(jobIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>;
  close(): Promise<void>;
}

/** How a running job stands with whoever works on it. */
export interface Standing {
  /** Whether anybody sees to its end. */
  readonly minded: boolean;
  /** Attempts that are active, as far as it is known. */
  readonly running: number;
  /** What it waits for, by the monotonic time of this process. */
  readonly blockages: readonly Blockage[];
  /** Wall time, ms. */
  readonly nextDueMs: number | undefined;
}

export interface MovedStore {
  readonly jobs: number;
  readonly rows: number;
  readonly entries: number;
  readonly documents: number;
  readonly inputs: number;
}

export interface OpenDestination {
  /** For people, without secrets. */
  readonly place: string;
  /** Columns by which rows are known, where the address says so. */
  readonly key: readonly string[] | undefined;
  open(): Promise<DeliverySink>;
}

export interface EngineSession {
  readonly engine: EngineApi;
  /** undefined: the engine is alone. */
  readonly cluster: ClusterSession | undefined;
  readonly store: Store;
  readonly tenants: Tenants;
  readonly limits: SetLimits;
  readonly accounts: AccountBook;
  readonly uploads: Uploads;
  /**
   * Resolves with the error where the store cannot be written and the engine has stopped for good;
   * undefined: it goes on by itself once it can.
   */
  readonly failed?: Promise<unknown>;
  /** Ends the engine and gives the data directory back. */
  close(): Promise<void>;
}

export interface OutboxSession {
  readonly outbox: Outbox;
  /** Of collections, as the API asks for them. */
  readonly entries: EntryDeliveries;
  /** Takes up what is to be delivered: of all jobs, or of one. */
  begin(jobId?: string): Promise<void>;
  /** What is under way is taken up again by whoever begins next. */
  close(): Promise<void>;
}

/** `run` works on the jobs that it was given itself, and on no others. */
export type NodeKind = NodeIntro['kind'];

/** One of the nodes that share a Postgres. */
export interface ClusterSession {
  readonly engine: ClusterEngine;
  readonly store: ClusterStore;
  readonly signals: Signals;
  readonly intro: NodeIntro;
  /** Resolves when somebody has asked the node to drain. */
  readonly drainAsked: Promise<void>;
  /** Told of documents that other nodes have written. */
  onDocuments(listener: DocumentListener): void;
  readonly lifeline: Lifeline;
}

/** The database that the nodes share, at the end of one of them. */
export interface Lifeline {
  /** For how long it has not answered what it was asked, ms. */
  silentMs(): number;
  /** Attempts that this node has under way. */
  attempts(): number;
  /** Waits for no more answers: whatever was asked, and is asked from now on, fails at once. */
  giveUp(): void;
}

/** `kind` undefined = of any; `ids` undefined = any of that kind. */
export type DocumentListener = (
  kind: string | undefined,
  ids?: readonly string[] | undefined,
) => void;

export interface WorkerHealth {
  /** Resolves with the address; rejects with `net.*`. */
  listen(host: string, port: number): Promise<string>;
  /** Says that nothing new is taken. */
  drain(): void;
  close(): Promise<void>;
}

export interface ServerSession {
  /** Opens everything, as an operator's key does; another one at each start. */
  readonly localKey: string;
  /** Makes an operator's key where there is no key at all yet. It is not shown again. */
  firstKey(): Promise<string | undefined>;
  /** Resolves with the address; rejects with `net.*`. */
  listen(host: string, port: number): Promise<string>;
  /** Goes on with the jobs of the process before, minds schedules; resolves with how many jobs. */
  start(): Promise<number>;
  /** Asks a route without a connection, as an operator. */
  inject(request: ApiRequest): Promise<ApiAnswer>;
  /** Says on `/readyz` that nothing new is taken; no schedule starts anything more. */
  drain(): void;
  /** Resolves when no file is on its way in any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface ReadingSession {
  /** Asks a route that only reads without a connection, as an operator. */
  inject(request: Pick<ApiRequest, 'path' | 'headers'>): Promise<ApiAnswer>;
  close(): Promise<void>;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query: `/v1/jobs?limit=10`. */
  readonly path: string;
  /** Plain data, sent as JSON. */
  readonly body?: unknown;
  /** Instead of it: sent as it is; the headers say what it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** Where a command reads and writes. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}
