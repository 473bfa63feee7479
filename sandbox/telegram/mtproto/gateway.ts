/** The way in for clients in other processes: `POST /__gateway`, one call at a time. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { tl } from '@mtcute/node';
import { answer } from '../../servers/stand-in.ts';
import type { RpcServer } from './rpc-server.ts';
import { readCall } from './wire.ts';

export const GATEWAY_PATH = '/__gateway';

const CALL_BYTES_MAX = 4_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };

/**
 * Takes `{session, dcId, request}`, where `session` is the key of the session, and answers with the
 * protocol's binary, or with JSON `{error: {code, text}}`. False when the request is for something else.
 */
export function handleGateway(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.url !== GATEWAY_PATH || request.method !== 'POST') return false;
  carry(server, request, response).catch((error: unknown) => {
    const status = error instanceof SyntaxError ? 400 : 500;
    answer(response, status, JSON.stringify({ message: String(error) }), JSON_TYPE);
  });
  return true;
}

async function carry(
  server: RpcServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = readCall(await bodyOf(request));
  const asked = call.request as tl.RpcMethod;
  const dcId = typeof call.dcId === 'number' ? call.dcId : undefined;
  const given = await server.call(String(call.session), asked, dcId);
  if ('failure' in given) {
    answer(response, 200, JSON.stringify({ error: given.failure }), JSON_TYPE);
    return;
  }
  const headers = { 'content-type': 'application/octet-stream' };
  response.writeHead(200, { ...headers, 'content-length': given.bytes.length }).end(given.bytes);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > CALL_BYTES_MAX) throw new SyntaxError('the call is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
