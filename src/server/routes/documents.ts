/** The API's own description: for programs, and for people. */
import { docsPage } from '../docs-page.ts';
import { openapiDocument } from '../openapi.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const tag = 'About';

/** `routes`: all of the server's, these among them; asked when somebody asks. */
export function documentRoutes(
  { version }: Pick<ServerParts, 'version'>,
  routes: () => readonly Route[],
): Route[] {
  let json: string | undefined;
  let page: ReturnType<typeof docsPage> | undefined;
  return [
    route({
      id: 'getOpenapi',
      method: 'GET',
      path: '/openapi.json',
      access: 'open',
      tag,
      summary: 'Describe this API as OpenAPI 3.1',
      answers: { 200: ['application/json'] },
      handle({ reply }) {
        json ??= JSON.stringify(openapiDocument(routes(), version));
        return reply.type('application/json').send(json);
      },
    }),
    route({
      id: 'getDocs',
      method: 'GET',
      path: '/docs',
      access: 'open',
      tag,
      summary: 'Show this API to people, with every error',
      answers: { 200: ['text/html'] },
      handle({ reply }) {
        page ??= docsPage(openapiDocument(routes(), version));
        reply.header('content-security-policy', page.contentSecurityPolicy);
        reply.header('referrer-policy', 'no-referrer');
        return reply.type('text/html; charset=utf-8').send(page.html);
      },
    }),
  ];
}
