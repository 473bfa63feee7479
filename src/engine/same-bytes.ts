import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

const PIECE_BYTES = 1024 * 1024;

/** Whether two files hold the same; undefined where one of them cannot be read here. */
export async function sameBytes(one: string, other: string): Promise<boolean | undefined> {
  try {
    const [first, second] = await Promise.all([stat(one), stat(other)]);
    if (first.size !== second.size) return false;
    const options = { highWaterMark: PIECE_BYTES };
    const rest = createReadStream(other, options)[Symbol.asyncIterator]();
    // Both are read in pieces of one length, since files of one size end together.
    for await (const piece of createReadStream(one, options)) {
      const { value } = await rest.next();
      if (!(piece as Buffer).equals(value as Buffer)) {
        await rest.return?.();
        return false;
      }
    }
    await rest.return?.();
    return true;
  } catch {
    return undefined;
  }
}
