/** The version of this package. */
import { readFileSync } from 'node:fs';

export function version(): string {
  const file = new URL('../package.json', import.meta.url);
  const built = new URL('../../package.json', import.meta.url);
  for (const url of [file, built]) {
    try {
      return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
    } catch {
      // Built code lies one folder deeper.
    }
  }
  return '0.0.0';
}
