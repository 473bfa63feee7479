import { messageOf, SluiceError, systemCode } from './errors.ts';

/** Of addresses that are not this machine's, are none at all, or are not for this user. */
const NOT_HERE = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES', 'EINVAL']);

/** What the error of a server that could not listen is told as. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const code = systemCode(error);
  if (code === 'EADDRINUSE') return new SluiceError('net.port_in_use', { port });
  if (code === undefined || !NOT_HERE.has(code)) return error;
  return new SluiceError('net.cannot_listen', { host, port, detail: messageOf(error) });
}
