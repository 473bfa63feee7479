/**
 * A store whose readers see the records of files as if each stood in the store by itself. The text
 * that stands for a file has the number of its last record, and those before it are numbered down
 * from there: whoever asks what is behind a record in the middle meets that text first.
 *
 * In the log of records a file is one place. A position within it is the one before it, and how
 * many of its records are behind the reader: `0:7.3+250`.
 */
import { fileIn, isFileText } from '../../model/record-file.ts';
import type { LoggedFile, LoggedRecord, LoggedRecords, LogQuery } from '../record-log.ts';
import type { RecordPosition, RowResult, Store, StoredRecord } from '../store.ts';
import type { RecordFileFolder } from './record-file-folder.ts';
import { RecordFileReader } from './record-file-reader.ts';

/** Of a row that is answered whole. */
const ROW_RECORDS_MAX = 1_000;

/** `store`: of one process, which has the folder. */
export function withRecordFiles(store: Store, folder: RecordFileFolder): Store {
  const reader = new FiledRecords(store, new RecordFileReader(folder.path));
  const own: Partial<Store> = {
    records: (...query) => reader.records(...query),
    loggedRecords: (...query) => reader.logged(...query),
    async results(...query) {
      return Promise.all((await store.results(...query)).map((row) => reader.whole(row)));
    },
    async tasks(...query) {
      const page = await store.tasks(...query);
      return { ...page, rows: await Promise.all(page.rows.map((row) => reader.whole(row))) };
    },
    async cached(...query) {
      // Files go with their job, answers are given to others.
      const found = [...(await store.cached(...query))];
      return new Map(found.filter(([, { records }]) => !records.some(isFileText)));
    },
    async deleteJob(id) {
      await store.deleteJob(id);
      await folder.removeJob(id);
    },
  };
  const bound = new Map<string | symbol, unknown>(Object.entries(own));
  return new Proxy(store, {
    get(target, name) {
      const known = bound.get(name);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method: unknown = value.bind(target);
      bound.set(name, method);
      return method;
    },
  });
}

class FiledRecords {
  readonly #store: Store;
  readonly #reader: RecordFileReader;

  constructor(store: Store, reader: RecordFileReader) {
    this.#store = store;
    this.#reader = reader;
  }

  async records(
    jobId: string,
    after: RecordPosition | undefined,
    limit: number,
  ): Promise<readonly StoredRecord[]> {
    const found = await this.#store.records(jobId, after, limit);
    if (!found.some(({ json }) => isFileText(json))) return found;
    const records: StoredRecord[] = [];
    for (const record of found) {
      if (records.length >= limit) break;
      if (!isFileText(record.json)) {
        records.push(record);
        continue;
      }
      const { seq, index } = record;
      const file = fileIn(record.json);
      const first = index - file.rows + 1;
      const from = after?.seq === seq ? Math.max(0, after.index + 1 - first) : 0;
      const texts = await this.#reader.read(file, from, limit - records.length);
      for (const [i, json] of texts.entries()) records.push({ seq, index: first + from + i, json });
      if (from + texts.length < file.rows) break;
    }
    return records;
  }

  async whole<Row extends Pick<RowResult, 'records'>>(row: Row): Promise<Row> {
    if (!row.records.some(isFileText)) return row;
    const records: string[] = [];
    for (const text of row.records) {
      if (!isFileText(text)) records.push(text);
      else {
        const file = fileIn(text);
        for (let from = 0; from < file.rows && records.length < ROW_RECORDS_MAX; ) {
          const more = await this.#reader.read(file, from, ROW_RECORDS_MAX);
          from += more.length;
          records.push(...more);
        }
      }
    }
    return { ...row, records: records.slice(0, ROW_RECORDS_MAX) };
  }

  async logged(jobId: string, query: LogQuery): Promise<LoggedRecords> {
    const after = placeIn(query.after);
    const upTo = query.upTo === undefined ? undefined : placeIn(query.upTo);
    const { files, limit } = query;
    const read = (limit: number, bounded: boolean) =>
      this.#store.loggedRecords(jobId, {
        limit,
        ...(after.at !== '' && { after: after.at }),
        ...(bounded && upTo && { upTo: upTo.at }),
      });
    const found = await read(limit, true);
    const at = found.records.findIndex(({ json }) => isFileText(json));
    if (found.records.length > 0 && at !== 0) return at > 0 ? read(at, true) : found;
    // The bound is within the file that comes next.
    const within = found.records.length === 0 ? (upTo?.records ?? 0) : undefined;
    if (within !== undefined && within <= after.records) return found;
    const { records, next } = found.records.length === 1 ? found : await read(1, false);
    const [record] = records;
    if (record === undefined || !isFileText(record.json)) return found;
    const end = within ?? fileIn(record.json).rows;
    return this.#within(record, { after, end, next, limit, files: files === true });
  }

  async #within(record: LoggedRecord, { after, end, next, limit, files }: WithinFile) {
    const { seq, index, atMs } = record;
    const { parts, ...file } = fileIn(record.json);
    const first = index - file.rows + 1;
    const from = after.records;
    const behind = (to: number) => (to === file.rows ? next : `${after.at}+${to}`);
    if (!files) {
      const texts = await this.#reader.read({ ...file, parts }, from, Math.min(limit, end - from));
      const records = texts.map((json, i) => ({ seq, index: first + from + i, json, atMs }));
      return { records, next: behind(from + texts.length) };
    }
    let before = 0;
    let part = parts[0];
    for (const one of parts) {
      part = one;
      if (from < before + one.rows) break;
      before += one.rows;
    }
    if (part === undefined) return { records: [], next };
    const to = Math.min(end, before + part.rows);
    const { cells, fields, lineBytes, breaks } = file;
    const shape = { cells, fields, lineBytes, breaks };
    const logged: LoggedFile = { ...shape, part, atMs, seq, first, from, to };
    return { records: [], next: behind(to), file: logged };
  }
}

interface WithinFile {
  readonly after: FilePlace;
  /** Records of the file that may be read. */
  readonly end: number;
  /** Behind the file. */
  readonly next: string;
  readonly limit: number;
  readonly files: boolean;
}

interface FilePlace {
  readonly at: string;
  /** Of the file behind it. */
  readonly records: number;
}

function placeIn(text = ''): FilePlace {
  const [at = '', records = '0'] = text.split('+');
  return { at, records: Number(records) };
}
