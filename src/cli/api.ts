/**
 * How commands reach the API: over HTTP where `--server` names a server or one owns the data
 * directory, else in this very process. The routes are the same, so the answers are.
 */
import { SluiceError } from '../base/errors.ts';
import type { Invocation } from './program.ts';
import { namedServer, owningServer, type Remote } from './remote.ts';
import { ServerRefusal } from './server-refusal.ts';
import type { ApiRequest } from './workbench.ts';

export interface Api {
  /** The body as data; rejects with what the API refused. */
  ask<T>(request: ApiRequest): Promise<T>;
  /** Whether a server answers, which goes on working when this command has ended. */
  readonly served: boolean;
  close(): Promise<void>;
}

/** Asks the API and gives it back, whatever happens. */
export async function withApi(
  invocation: Invocation,
  use: (api: Api) => Promise<number>,
): Promise<number> {
  const api = await openApi(invocation);
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

async function openApi(invocation: Invocation): Promise<Api> {
  const named = namedServer(invocation);
  if (named !== undefined) return overHttp(named);
  const { tenant } = invocation.flags;
  const bench = await invocation.workbench();
  try {
    const session = await bench.openEngine('run');
    const server = await bench.openServer(session);
    const nodes = (await session.cluster?.store.nodes()) ?? [];
    return {
      served: nodes.some(({ kind }) => kind === 'serve'),
      async ask<T>(request: ApiRequest) {
        const own = tenant === undefined ? {} : { 'sluice-tenant': tenant };
        const headers = { ...own, ...request.headers };
        const { status, body } = await server.inject({ ...request, headers });
        if (status >= 400) throw new ServerRefusal(status, body);
        return (body === '' ? undefined : JSON.parse(body)) as T;
      },
      async close() {
        await server.close();
        await session.close();
      },
    };
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'store.in_use') throw error;
    const owning = await owningServer(bench, tenant);
    if (owning === undefined) throw error;
    return overHttp(owning);
  }
}

function overHttp(remote: Remote): Api {
  return { served: true, ask: (request) => remote.ask(request), close: async () => {} };
}
