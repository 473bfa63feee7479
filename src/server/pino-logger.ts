/** Log lines as JSON, one a line, by pino: for services, whose logs are read by machines. */
import pino from 'pino';
import type { LogFields, Logger, LogLevel } from '../base/log.ts';

/** What must never be read in a log, whoever passed it in. */
const REDACTED = ['key', 'token', 'password', 'secret', 'authorization', 'cookie', 'apiKey'];

/** Writes to a file descriptor (2 = stderr), without holding up the engine. */
export function pinoLogger(level: LogLevel, descriptor = 2): Logger {
  const stream = pino.destination({ dest: descriptor, sync: false, minLength: 0 });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '(secret)' },
    },
    stream,
  );
  return wrapped(logger);
}

function wrapped(logger: pino.Logger): Logger {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    isOn: (level) => logger.isLevelEnabled(level),
    with: (fields: LogFields) => wrapped(logger.child(fields)),
  };
}
