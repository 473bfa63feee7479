/**
 * How commands reach the API: over HTTP where `--server` names one, through the socket of the
 * server that owns the data directory where one runs there, else in this very process. The routes
 * are the same, so the answers are.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import { askOwner } from './control.ts';
import type { Invocation } from './program.ts';
import type { ApiAnswer, ApiRequest } from './workbench.ts';

export interface Api {
  /** The body as data; rejects with the problem that the API answered. */
  ask<T>(request: ApiRequest): Promise<T>;
  close(): Promise<void>;
}

export async function openApi(invocation: Invocation): Promise<Api> {
  const { flags, resolved } = invocation;
  const tenant: Readonly<Record<string, string>> =
    flags.tenant === undefined ? {} : { 'sluice-tenant': flags.tenant };
  const { serverUrl, serverToken } = resolved.settings;
  if (serverUrl !== '') {
    return apiOf(
      (request) => overHttp(serverUrl, serverToken, tenant, request),
      async () => {},
    );
  }
  const bench = await invocation.workbench();
  const withTenant = (request: ApiRequest) => ({
    ...request,
    headers: { ...tenant, ...request.headers },
  });
  try {
    const session = await bench.openEngine();
    const server = await bench.openServer(session);
    return apiOf(
      (request) => server.inject(withTenant(request)),
      async () => {
        await server.close();
        await session.close();
      },
    );
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'store.in_use') throw error;
    return apiOf(
      async (request) =>
        (await askOwner(bench.dataDir, {
          action: 'api',
          request: withTenant(request),
        })) as ApiAnswer,
      async () => {},
    );
  }
}

function apiOf(send: (request: ApiRequest) => Promise<ApiAnswer>, close: () => Promise<void>): Api {
  return {
    async ask<T>(request: ApiRequest) {
      const { status, body } = await send(request);
      if (status >= 400) throw refusal(status, body);
      return (body === '' ? undefined : JSON.parse(body)) as T;
    },
    close,
  };
}

async function overHttp(
  server: string,
  token: string,
  headers: Readonly<Record<string, string>>,
  { method, path, body, headers: own }: ApiRequest,
): Promise<ApiAnswer> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, server), {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
        ...own,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.text() };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    const detail = messageOf(cause ?? error);
    throw new SluiceError('server.unreachable', { url: server, detail }, { cause: error });
  }
}

/** What the server refused, in its own words. */
export function refusal(status: number, body: string): SluiceError {
  try {
    const { detail, hint, code } = JSON.parse(body) as Record<string, string>;
    return new SluiceError('server.refused', {
      status,
      detail: `${detail} [${code}]`,
      hint: hint ?? '',
    });
  } catch {
    const detail = body.slice(0, 200) || 'no body';
    return new SluiceError('server.refused', { status, detail, hint: 'Is it a Sluice server?' });
  }
}
