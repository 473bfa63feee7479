/** What a database is called in messages: nothing of the user. */
import { SluiceError } from '../../base/errors.ts';

/** Host, port and database. Rejects a URL that is none, without telling it: it has a password. */
export function nameOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw unusable();
  }
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw unusable();
  return `${url.host || 'localhost'}${url.pathname}`;
}

function unusable(): SluiceError {
  const detail = 'it is no postgres:// URL (letters such as @ and / in a password need %40, %2F)';
  return new SluiceError('store.refused', { name: 'of SLUICE_DATABASE_URL', detail });
}
