/** What a part says about itself while it works. Fields are plain data; secrets never go in. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this level are written at all: for fields that cost something to gather. */
  isOn(level: LogLevel): boolean;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  isOn: () => false,
  with: () => silentLogger,
};

/** Passes each line at or above `level` to `write`; the composition root decides where it goes. */
export function lineLogger(
  level: LogLevel,
  write: (level: LogLevel, message: string, fields: LogFields) => void,
  fields: LogFields = {},
): Logger {
  const from = LOG_LEVELS.indexOf(level);
  const at = (own: LogLevel) => (message: string, more?: LogFields) => {
    if (LOG_LEVELS.indexOf(own) >= from)
      write(own, message, more ? { ...fields, ...more } : fields);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isOn: (level) => LOG_LEVELS.indexOf(level) >= from,
    with: (more) => lineLogger(level, write, { ...fields, ...more }),
  };
}
