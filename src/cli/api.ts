/**
 * How commands reach the API: over HTTP where `--server` names a server or one owns the data
 * directory, through its socket where a run owns it, else in this very process, which owns the
 * directory for what changes something and only reads for the rest. The routes are the same, so the
 * answers are.
 */
import { SluiceError } from '../base/errors.ts';
import { askOwner } from './control.ts';
import type { Invocation } from './program.ts';
import { namedServer, owningServer, type Remote } from './remote.ts';
import { ServerRefusal } from './server-refusal.ts';
import type { ApiAnswer, ApiRequest } from './workbench.ts';

export interface Api {
  /** The body as data; rejects with what the API refused. */
  ask<T>(request: ApiRequest): Promise<T>;
  /** Whether a server answers, which goes on working when this command has ended. */
  readonly served: boolean;
  close(): Promise<void>;
}

/**
 * Asks the API to change what is there and gives it back, whatever happens. Rejects with
 * `store.missing` where there is no data directory: a mistyped name makes none.
 */
export async function withApi<T>(
  invocation: Invocation,
  use: (api: Api) => Promise<T>,
): Promise<T> {
  return using(await openApi(invocation, false), use);
}

/** The same for what may come first in a data directory: it is made where there is none. */
export async function withNewApi<T>(
  invocation: Invocation,
  use: (api: Api) => Promise<T>,
): Promise<T> {
  return using(await openApi(invocation, true), use);
}

/** Asks the API only of what there is, which takes no permission to write. */
export async function withReadApi<T>(
  invocation: Invocation,
  use: (api: Api) => Promise<T>,
): Promise<T> {
  return using(await openReadApi(invocation), use);
}

/** Asks for a list; without a data directory it is empty, which is an answer and not an error. */
export async function listOf<T>(
  invocation: Invocation,
  ask: (api: Api) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await withReadApi(invocation, ask);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'store.missing') return [];
    throw error;
  }
}

async function using<T>(api: Api, use: (api: Api) => Promise<T>): Promise<T> {
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

async function openApi(invocation: Invocation, makes: boolean): Promise<Api> {
  const named = namedServer(invocation);
  if (named !== undefined) return overHttp(named);
  const { tenant } = invocation.flags;
  const bench = await invocation.workbench();
  if (!makes) await bench.checkThere();
  try {
    const session = await bench.openEngine('run');
    const server = await bench.openServer(session);
    const nodes = (await session.cluster?.store.nodes()) ?? [];
    return {
      served: nodes.some(({ kind }) => kind === 'serve'),
      ask: asking(tenant, (request) => server.inject(request)),
      async close() {
        await server.close();
        await session.close();
      },
    };
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'store.in_use') throw error;
    const owner = await ofOwner(bench.dataDir, tenant);
    if (owner === undefined) throw error;
    return owner;
  }
}

async function openReadApi(invocation: Invocation): Promise<Api> {
  const named = namedServer(invocation);
  if (named !== undefined) return overHttp(named);
  // Of nodes that share a Postgres, the data directory says nothing.
  if (invocation.resolved.settings.databaseUrl !== '') return openApi(invocation, false);
  const { tenant } = invocation.flags;
  const bench = await invocation.workbench();
  const owner = await ofOwner(bench.dataDir, tenant);
  if (owner !== undefined) return owner;
  const reading = await bench.openReading();
  return {
    served: false,
    ask: asking(tenant, (request) => reading.inject(request)),
    close: () => reading.close(),
  };
}

/** Of the process that owns the data directory, a server or a run; undefined where none answers. */
async function ofOwner(dataDir: string, tenant: string | undefined): Promise<Api | undefined> {
  try {
    const owning = await owningServer({ dataDir }, tenant);
    return owning && overHttp(owning);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'server.none') throw error;
    const ask = asking(tenant, async (request) => {
      return (await askOwner(dataDir, { action: 'api', request })) as ApiAnswer;
    });
    return { served: false, ask, close: async () => {} };
  }
}

function asking(
  tenant: string | undefined,
  inject: (request: ApiRequest) => Promise<ApiAnswer>,
): Api['ask'] {
  return async <T>(request: ApiRequest) => {
    const own = tenant === undefined ? {} : { 'sluice-tenant': tenant };
    const headers = { ...own, ...request.headers };
    const { status, body } = await inject({ ...request, headers });
    if (status >= 400) throw new ServerRefusal(status, body);
    return (body === '' ? undefined : JSON.parse(body)) as T;
  };
}

function overHttp(remote: Remote): Api {
  return { served: true, ask: (request) => remote.ask(request), close: async () => {} };
}
