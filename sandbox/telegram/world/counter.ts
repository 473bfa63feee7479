/** Numbers as the service shows them. */

/** 873, 4.02K, 28.6K, 1.44M: cut, not rounded. */
export function shownCount(count: number): string {
  if (count < 1_000) return String(count);
  const [unit, sign] = count < 1_000_000 ? ([1_000, 'K'] as const) : ([1_000_000, 'M'] as const);
  const value = count / unit;
  const digits = value < 10 ? 100 : 10;
  return `${Math.floor(value * digits + 1e-9) / digits}${sign}`;
}

/** 0:52, 12:05, 1:02:03. */
export function shownDuration(seconds: number): string {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part));
  const hours = Math.floor(seconds / 3_600);
  const [minutes = '0', rest = '0'] = parts;
  const tail = `${hours > 0 ? minutes.padStart(2, '0') : minutes}:${rest.padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** 113.9 KB, 48.2 MB. */
export function shownSize(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const kilobytes = bytes / 1_024;
  if (kilobytes < 1_024) return `${kilobytes.toFixed(1)} KB`;
  return `${(kilobytes / 1_024).toFixed(1)} MB`;
}

/** 2026-09-16T19:12:16+00:00. */
export function isoSeconds(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}+00:00`;
}
