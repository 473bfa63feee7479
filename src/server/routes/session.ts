/** Signing in and out from a browser. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { authenticateKey } from '../app.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';
import { refuseOtherSites } from '../session.ts';
import { MeWire } from './keys.ts';

const tag = 'Keys';
const path = '/v1/session';

export function sessionRoutes(parts: ServerParts): Route[] {
  return [
    route({
      id: 'createSession',
      method: 'POST',
      path,
      access: 'open',
      tag,
      summary: 'Sign a browser in with a key',
      description:
        'For the dashboard: the answer sets a cookie that scripts cannot read (`HttpOnly`, ' +
        '`SameSite=Strict`, 30 days) and that stands for the key until the key ends. What changes ' +
        'something by a cookie must carry the header `Sluice-Page`; programs send the key itself.',
      headers: { 'Sluice-Page': 'Anything; pages of other sites cannot send it.' },
      body: z.strictObject({ key: z.string().min(1).max(200) }),
      answers: { 200: MeWire },
      answerHeaders: { 'Set-Cookie': 'The session.' },
      async handle({ body, request, reply }) {
        refuseOtherSites(request.headers);
        const principal = await authenticateKey(parts, 'read', body.key);
        reply.header('set-cookie', parts.sessions.begin(body.key, isSecure(request.headers)));
        return principal;
      },
    }),
    route({
      id: 'deleteSession',
      method: 'DELETE',
      path,
      access: 'open',
      tag,
      summary: 'Sign a browser out',
      answers: { 204: [] },
      answerHeaders: { 'Set-Cookie': 'None any more.' },
      handle({ request, reply }) {
        reply.header('set-cookie', parts.sessions.end(isSecure(request.headers)));
        return reply.code(204).send();
      },
    }),
  ];
}

/** Behind a proxy that ends TLS: as it says. Who lies here only loses their own session. */
function isSecure(headers: IncomingHttpHeaders): boolean {
  return headers['x-forwarded-proto'] === 'https';
}
