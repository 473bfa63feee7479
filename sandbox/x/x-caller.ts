/** A caller for the tests: one call, its answer taken apart. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { XStandIn } from './start-x.ts';

export interface XAnswer {
  /** 0 when no head came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into, field by field.
  readonly body: any;
  /** The code of the connection's failure; '' = none. */
  readonly error: string;
}

/** Calls a path of the API with an account of this number, or with an Authorization of one's own. */
export function call(
  x: XStandIn,
  path: string,
  who: number | string | undefined = 0,
  headers: Readonly<Record<string, string>> = {},
): Promise<XAnswer> {
  const authorization = typeof who === 'number' ? `Bearer ${x.accounts[who]?.token}` : who;
  return new Promise((resolve) => {
    let text = '';
    const sent = request(
      `${x.url}${path}`,
      { agent: false, headers: { ...(authorization ? { authorization } : {}), ...headers } },
      (response) => {
        const { statusCode: status = 0, headers: got } = response;
        const failed = (error: NodeJS.ErrnoException) =>
          resolve({ status, headers: got, body: undefined, error: error.code ?? error.message });
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', failed);
        response.on('end', () => {
          resolve({ status, headers: got, body: JSON.parse(text), error: '' });
        });
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, headers: {}, body: undefined, error: error.code ?? error.message }),
    );
    sent.end();
  });
}

/** Reads a list to its end. Returns the ids in their order, each once, and the sizes of pages. */
export async function readAll(
  x: XStandIn,
  path: string,
  maxResults: number,
): Promise<{ readonly ids: string[]; readonly sizes: number[] }> {
  const ids = new Set<string>();
  const sizes: number[] = [];
  const search = path.includes('/search/');
  const name = search ? 'next_token' : 'pagination_token';
  const first = `${path}${path.includes('?') ? '&' : '?'}max_results=${maxResults}`;
  for (let token: string | undefined = ''; token !== undefined; ) {
    const { status, body } = await call(x, token === '' ? first : `${first}&${name}=${token}`);
    if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(body)}`);
    const users = (search ? body.includes?.users : body.data) ?? [];
    for (const user of users as { id: string }[]) ids.add(user.id);
    sizes.push(body.meta.result_count);
    token = body.meta.next_token;
  }
  return { ids: [...ids], sizes };
}
