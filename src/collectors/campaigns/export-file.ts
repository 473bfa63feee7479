/**
 * One export into a file of records while it comes: judged, cut into lines and written, and never
 * parsed into calls. What turns out to be no export, or not whole, leaves nothing on the disk.
 */
import type {
  RecordFile,
  RecordFileKeeper,
  RecordFileShape,
  RecordFileWriter,
} from '../../model/record-file.ts';
import { cellsOf, linesIn, recordText } from '../../model/record-line.ts';
import type { CollectContext } from '../collector.ts';
import { CallLines } from './call-lines.ts';
import {
  checkHeader,
  type ExportAsk,
  type ExportTally,
  openExport,
  wholeLines,
  withoutLine,
} from './export-rows.ts';

/** What is not larger stays in memory, and becomes records of the store. */
const SMALL_BYTES = 512 * 1024;
const PIECE_BYTES = 256 * 1024;

/** What became of an export: the texts of few calls, or a file of many. */
export type ExportedFile = { readonly file: RecordFile } | { readonly texts: readonly string[] };

/** Counts into `tally`. Of as many rows as the server gives at most nothing is kept. */
export async function exportFile(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  files: RecordFileKeeper,
  ask: Omit<ExportAsk, 'process'>,
  { tally, rowsMax }: { readonly tally: ExportTally; readonly rowsMax: number },
): Promise<ExportedFile> {
  const body = await openExport(ctx, ask);
  if (body === undefined) return { texts: [] };
  let lines: CallLines | undefined;
  const target = new Target(files);
  try {
    const sizes = { nowMs: () => ctx.nowMs(), bytes: PIECE_BYTES };
    for await (const bytes of wholeLines(body, tally, sizes)) {
      let rest = bytes;
      if (lines === undefined) {
        checkHeader(bytes, ask.account.secret);
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const end = buffer.indexOf('\r\n');
        lines = new CallLines(buffer.toString('utf8', 0, end).split('\t'), ask.context);
        rest = bytes.subarray(end + 2);
      }
      const { bytes: made, rows, damaged } = lines.add(rest);
      tally.rows += rows + damaged;
      tally.damaged += damaged;
      await target.write(made, rows);
    }
    if (lines === undefined) throw withoutLine();
    if (tally.rows >= rowsMax) {
      await target.discard();
      return { texts: [] };
    }
    return await target.end(lines);
  } catch (error) {
    // Why it ended is what counts.
    await target.discard().catch(() => {});
    throw error;
  }
}

/** Lines in memory, until there are so many that they go into a file. */
class Target {
  readonly #files: RecordFileKeeper;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #heldRows = 0;
  #writer: RecordFileWriter | undefined;
  #rows = 0;

  constructor(files: RecordFileKeeper) {
    this.#files = files;
  }

  async write(bytes: Uint8Array, rows: number): Promise<void> {
    this.#rows += rows;
    if (this.#writer === undefined) {
      if (this.#heldBytes + bytes.length <= SMALL_BYTES) {
        this.#held.push(Buffer.from(bytes));
        this.#heldBytes += bytes.length;
        this.#heldRows += rows;
        return;
      }
      this.#writer = await this.#files.begin();
      await this.#writer.write(Buffer.concat(this.#held), this.#heldRows);
      this.#held = [];
    }
    await this.#writer.write(bytes, rows);
  }

  async end({ shape, lineBytes, breaks }: CallLines): Promise<ExportedFile> {
    if (this.#writer === undefined) return { texts: textsOf(Buffer.concat(this.#held), shape) };
    const parts = await this.#writer.finish();
    return { file: { ...shape, parts, rows: this.#rows, lineBytes, breaks } };
  }

  async discard(): Promise<void> {
    await this.#writer?.discard();
  }
}

function textsOf(bytes: Buffer, { fields }: RecordFileShape): readonly string[] {
  return linesIn(bytes.toString('utf8')).map((line) => recordText(fields, cellsOf(line)));
}
