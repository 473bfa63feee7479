/** What writers of files share: names that last, and what the system says where it fails. */
import { open } from 'node:fs/promises';
import { messageOf, SluiceError, systemCode } from '../base/errors.ts';

/** Makes new names durable; some file systems do not offer it, and the files are whole anyway. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Why the system refused to write; undefined for what it has not said. */
export function writeFailure(
  error: unknown,
): { readonly detail: string; readonly full: boolean } | undefined {
  if (error instanceof SluiceError) return undefined;
  const code = systemCode(error);
  if (code === undefined) return undefined;
  const detail = messageOf(error)
    .replace(/^[A-Z]+: /, '')
    .replace(/,.*$/, '');
  return { detail, full: code === 'ENOSPC' || code === 'EDQUOT' };
}
