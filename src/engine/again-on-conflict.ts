import { SluiceError } from '../base/errors.ts';

const TRIES = 8;

/**
 * Does `work`, which reads a document and writes what becomes of it; once more, as things are then,
 * where another server has written the document in between.
 */
export async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || tries === TRIES) throw error;
    }
  }
}

export function isConflict(error: unknown): boolean {
  return error instanceof SluiceError && error.code === 'document.conflict';
}
