/**
 * A destination that records are delivered to, batch by batch, while their job runs and after it.
 *
 * Exactly once is made of three things: a batch has the same id and the same rows however often it
 * is sent, also after a restart; the destination takes a batch whole or not at all; and a batch
 * that it has taken already changes nothing there. So whoever delivers may send the last batch
 * again whenever it does not know how that ended.
 */
import { SluiceError } from '../base/errors.ts';
import { SINK_ERRORS } from '../base/sink-errors.ts';
import type { RecordField } from '../model/record-file.ts';
import type { Cell, TableColumn } from '../model/table.ts';

export interface DeliverySink {
  /** Where that is, for people; without secrets. */
  readonly place: string;
  /** How large batches should be here, and how long to wait until one is full. */
  readonly pace?: BatchPace;
  /**
   * Resolves when the rows are durable at the destination. The same batch id again changes nothing.
   * Batches of one job come one after the other, and may come again from the last one on.
   *
   * Rejects with `sink.*`, or with the signal's reason where it gave up. Whatever is no `sink.*`
   * counts as passing (`isPassing`).
   */
  write(batch: DeliveryBatch, signal: AbortSignal): Promise<void>;
  /**
   * The same with the records of a file, for destinations that read files themselves: what is there
   * then is what `write` would have brought of them.
   */
  writeFile?(batch: FileBatch, signal: AbortSignal): Promise<void>;
  /**
   * What `writeFile` will most likely be given next, while another batch is on its way. It may be
   * made ready, and nobody sees anything of it; failures are told by `writeFile`.
   */
  prepareFile?(batch: FileBatch): void;
  close(): Promise<void>;
}

/** A full batch is sent at once, another one when its first row has waited for `lingerMs`. */
export interface BatchPace {
  readonly rowsMax: number;
  /** Of the rows' JSON texts, in UTF-16 units; one row may be larger. */
  readonly charsMax: number;
  readonly lingerMs: number;
}

export const DEFAULT_PACE: BatchPace = { rowsMax: 10_000, charsMax: 8 * 2 ** 20, lingerMs: 2_000 };

export interface DeliveryBatch {
  /**
   * Made from job, destination and position, at most 100 of a-z, A-Z, 0-9, _ and -. The same after
   * a restart, with the same rows in the same order; columns may have been widened meanwhile.
   */
  readonly id: string;
  readonly jobId: string;
  /** Where the address names no table: 1 to 128 of a-z, 0-9 and _, not a digit first. */
  readonly table: string;
  /**
   * All columns so far, in the order in which they turned up: those of a later batch begin with
   * these. A type may be wider later on, from `integer` to `number`, from any to `text`, from any
   * to `json`. A destination adds columns, and widens them as far as it can; where it cannot, it
   * rejects with `sink.misfit`.
   */
  readonly columns: readonly TableColumn[];
  readonly rows: readonly DeliveryRow[];
  /**
   * Names of columns by which rows are known: a row takes the place of the one with its key. None =
   * by the row's own id, which stands in the column `ID_COLUMN` in either case. With a key the
   * batch has the column `VERSION_COLUMN`: a row whose version is less than that of the one that
   * is there changes nothing, so whichever of two jobs is delivered last, the later record stays.
   */
  readonly key?: readonly string[];
}

export interface DeliveryRow {
  /** `JOB.ROW.INDEX`: the same for a record however often it is sent. */
  readonly id: string;
  /** One a column, as its type says; undefined = NULL. */
  readonly values: readonly Cell[];
}

export interface FileBatch extends Omit<DeliveryBatch, 'rows'> {
  readonly file: DeliveryFile;
}

/** Lines of a file as in `RecordFile`, some or all. */
export interface DeliveryFile {
  /** Absolute. */
  readonly path: string;
  readonly cells: number;
  /** What each of the batch's columns holds; undefined = nothing in these records. */
  readonly fields: readonly (RecordField | undefined)[];
  readonly lineBytes: number;
  readonly breaks: boolean;
  /** Numbers of lines; the second is not in it. */
  readonly from: number;
  readonly to: number;
  /** What an id begins with, and what is added to a line's number for the rest of it. */
  readonly idStart: string;
  readonly idFirst: number;
}

/** The column beside those of the records that holds the row's id. */
export const ID_COLUMN = 'sluice_id';

/** Where rows have a key: when the record was committed, and by which job. Compared as bytes. */
export const VERSION_COLUMN = 'sluice_version';

export function versionOf(atMs: number, jobId: string): string {
  return `${new Date(atMs).toISOString()} ${jobId}`;
}

/** A kind of destination, by how its addresses begin. */
export interface SinkKind {
  /** Such as `duckdb:`; the longest that fits counts. */
  readonly schemes: readonly string[];
  /** One of its addresses, for help and errors. */
  readonly example: string;
  /** Whether it writes into files of this machine. */
  readonly local: boolean;
  /** Whether a row can take the place of another. */
  readonly keyed: boolean;
  /** Reads an address without going there. Throws `sink.invalid`. */
  check(address: string): SinkAddress;
  /** Rejects with `sink.*`; need not go there before the first batch. */
  open(address: string): Promise<DeliverySink>;
}

export interface SinkAddress {
  /** Where that is, for people; without secrets. The same place has the same name. */
  readonly place: string;
  /** The address to keep, where it is not the one that was given: with whole paths. */
  readonly address?: string;
  /** Names of the columns by which rows are known, where the address says so. */
  readonly key?: readonly string[];
}

type SinkErrorCode = keyof typeof SINK_ERRORS;

/** Whether to try again after this error: all that does not last is tried for ever. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof SluiceError) || !(error.code in SINK_ERRORS)) return true;
  return SINK_ERRORS[error.code as SinkErrorCode].transient;
}

/**
 * Where the destination says how long to wait: thrown with `retryAfterMs`, nothing is sent before.
 */
export function busy(place: string, detail: string, retryAfterMs?: number): SluiceError {
  return new SluiceError('sink.busy', {
    place,
    detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** ms that the destination asked to wait for; undefined = it did not say. */
export function retryAfterOf(error: unknown): number | undefined {
  if (!(error instanceof SluiceError)) return undefined;
  const { retryAfterMs } = error.params;
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
}
