import { open } from 'node:fs/promises';

/** Makes durable what was written to a file, by whomever. Rejects with the system's error. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
