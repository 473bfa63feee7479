/** Whether somebody is still there to read an answer. Who leaves is no trouble of the server's. */
import type { ServerResponse } from 'node:http';

export function isGone(response: ServerResponse): boolean {
  if (response.closed || response.destroyed || response.errored) return true;
  const { socket } = response;
  return socket !== null && (socket.destroyed || socket.errored !== null);
}
