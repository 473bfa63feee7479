/** A logger whose lines are also told to who observes: people want to see what a job says. */
import type { LogFields, Logger, LogLevel } from '../base/log.ts';
import type { EngineObserver, LineSeen } from './observer.ts';

const LINE_CHARS_MAX = 1_000;

export function seenLogger(
  log: Logger,
  of: Pick<LineSeen, 'jobId' | 'seq'>,
  observer: Pick<EngineObserver, 'logged'>,
  told: LogFields = {},
): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    log[level](message, fields);
    const words = wordsOf({ ...told, ...fields });
    const line = words === '' ? String(message) : `${message} (${words})`;
    observer.logged?.({ ...of, level, message: line.slice(0, LINE_CHARS_MAX) });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    // Somebody may look on.
    isOn: () => true,
    with: (fields) => seenLogger(log.with(fields), of, observer, { ...told, ...fields }),
  };
}

/** `page=3, list=members`. */
function wordsOf(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${said(value)}`)
    .join(', ');
}

/** Anything may be there, of a collector of somebody’s own: a line of its log ends no row. */
function said(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
