/**
 * A batch of commits column by column: one array of numbers and one text. It crosses to a thread
 * without the names of properties, and is written from as it is: what is plain needs no object of
 * its own on the way, and a record is a slice of the one text, which no garbage collector moves.
 * What is rare stands beside its place.
 */
import { type PackedKeeps, packKeeps, unpackKeeps } from './packed-keeps.ts';
import type { Commit, CommitEnd } from './store.ts';

export interface PackedCommits {
  readonly jobIds: readonly string[];
  /** `COMMIT_WIDTH` numbers a commit, in the order of `COMMIT`. */
  readonly numbers: Float64Array;
  /** The records of all commits, one after the other. */
  readonly records: string;
  /** Where each of them ends. */
  readonly ends: Float64Array;
  /** Cursors, kept entries, attempts, ends that are more than a kind and a duration; in order. */
  readonly rest: readonly PackedRest[];
}

type PackedRest = readonly [
  at: number,
  cursor: string | undefined,
  end: CommitEnd | undefined,
  keeps: PackedKeeps | undefined,
  attempt: string | undefined,
  inFile: number | undefined,
];

export const COMMIT = {
  job: 0,
  seq: 1,
  attemptNo: 2,
  recordsFrom: 3,
  recordCount: 4,
  nowMs: 5,
  /** 1: it completed, and nothing more is to be said of its end than `durationMs`. */
  completed: 6,
  durationMs: 7,
} as const;
export const COMMIT_WIDTH = 8;

export function packCommits(batch: readonly Commit[]): PackedCommits {
  const jobIds: string[] = [];
  const numbers = new Float64Array(batch.length * COMMIT_WIDTH);
  const records: string[] = [];
  const rest: PackedRest[] = [];
  let jobAt = -1;
  for (let i = 0; i < batch.length; i += 1) {
    const commit = batch[i] as Commit;
    const { cursor, end, keeps, attempt, inFile } = commit;
    if (jobIds[jobAt] !== commit.jobId) {
      jobAt = jobIds.indexOf(commit.jobId);
      if (jobAt === -1) jobAt = jobIds.push(commit.jobId) - 1;
    }
    const plain = end?.kind === 'completed' && !end.failure && !end.cache ? end : undefined;
    const at = i * COMMIT_WIDTH;
    numbers[at + COMMIT.job] = jobAt;
    numbers[at + COMMIT.seq] = commit.seq;
    numbers[at + COMMIT.attemptNo] = commit.attemptNo;
    numbers[at + COMMIT.recordsFrom] = commit.recordsFrom;
    numbers[at + COMMIT.recordCount] = commit.records.length;
    numbers[at + COMMIT.nowMs] = commit.nowMs;
    numbers[at + COMMIT.completed] = plain ? 1 : 0;
    numbers[at + COMMIT.durationMs] = plain?.durationMs ?? 0;
    for (const record of commit.records) records.push(record);
    const whole = plain ? undefined : end;
    if (whole || keeps || attempt || inFile || cursor !== undefined) {
      rest.push([i, cursor, whole, keeps && packKeeps(keeps, commit.records), attempt, inFile]);
    }
  }
  const ends = new Float64Array(records.length);
  let end = 0;
  for (let i = 0; i < records.length; i += 1) {
    end += (records[i] as string).length;
    ends[i] = end;
  }
  return { jobIds, numbers, records: records.join(''), ends, rest };
}

const NO_REST = [0, undefined, undefined, undefined, undefined, undefined] as const;

/** Walks a packed batch; a commit is made an object only where it is asked for. */
export class PackedCommitReader {
  readonly #batch: PackedCommits;
  #i = -1;
  #recordAt = 0;
  #recordEnd = 0;
  #restAt = 0;

  constructor(batch: PackedCommits) {
    this.#batch = batch;
  }

  /** Goes to the next commit; false = there is none. */
  next(): boolean {
    if (this.#rest() !== undefined) this.#restAt += 1;
    this.#i += 1;
    this.#recordAt = this.#recordEnd;
    if (this.#i * COMMIT_WIDTH >= this.#batch.numbers.length) return false;
    this.#recordEnd += this.number('recordCount');
    return true;
  }

  number(name: keyof typeof COMMIT): number {
    return this.#batch.numbers[this.#i * COMMIT_WIDTH + COMMIT[name]] as number;
  }

  /** The text of one of its records. */
  record(index: number): string {
    const { records, ends } = this.#batch;
    const at = this.#recordAt + index;
    return records.slice(at === 0 ? 0 : ends[at - 1], ends[at]);
  }

  end(): CommitEnd | undefined {
    if (this.number('completed') === 0) return this.#rest()?.[2];
    return { kind: 'completed', durationMs: this.number('durationMs') };
  }

  /** Whether it changes kept entries, tells of an attempt or has a file of records. */
  get more(): boolean {
    const rest = this.#rest();
    return rest?.slice(3).some((each) => each !== undefined) === true;
  }

  /** The commit as it was packed. */
  commit(): Commit {
    const { jobIds } = this.#batch;
    const [, cursor, , keeps, attempt, inFile] = this.#rest() ?? NO_REST;
    const end = this.end();
    const texts: string[] = [];
    for (let i = 0; i < this.#recordEnd - this.#recordAt; i += 1) texts.push(this.record(i));
    return {
      jobId: jobIds[this.number('job')] as string,
      seq: this.number('seq'),
      attemptNo: this.number('attemptNo'),
      recordsFrom: this.number('recordsFrom'),
      records: texts,
      nowMs: this.number('nowMs'),
      ...(cursor === undefined ? {} : { cursor }),
      ...(end === undefined ? {} : { end }),
      ...(keeps === undefined ? {} : { keeps: unpackKeeps(keeps, texts) }),
      ...(attempt === undefined ? {} : { attempt }),
      ...(inFile === undefined ? {} : { inFile }),
    };
  }

  #rest(): PackedRest | undefined {
    const rest = this.#batch.rest[this.#restAt];
    return rest?.[0] === this.#i ? rest : undefined;
  }
}
