/** A server as commands speak to it, over HTTP. */
import { messageOf, SluiceError } from '../base/errors.ts';
import { askOwner } from './control.ts';
import type { Invocation } from './program.ts';
import type { StreamRequest } from './send-stream.ts';
import { ServerRefusal } from './server-refusal.ts';
import type { ApiRequest, Workbench } from './workbench.ts';

export interface RemoteRequest extends ApiRequest {
  readonly signal?: AbortSignal;
}

export type RemoteBody = Omit<StreamRequest, 'url'>;

export class Remote {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token: string, tenant: string | undefined) {
    this.url = url.replace(/\/+$/, '');
    this.#headers = {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(tenant === undefined ? {} : { 'sluice-tenant': tenant }),
    };
  }

  /** The answer as data; rejects with what the server refused, or `server.unreachable`. */
  async ask<T>(request: RemoteRequest): Promise<T> {
    const answer = await this.open(request);
    const text = await answer.text().catch((error: unknown) => {
      throw this.lost(error);
    });
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A good answer whose body is still to be read. */
  async open(request: RemoteRequest): Promise<Response> {
    const { method, path, body, text, headers, signal } = request;
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    let answer: Response;
    try {
      answer = await fetch(this.url + path, {
        method,
        headers: {
          ...this.#headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(payload === undefined ? {} : { body: payload }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw this.lost(error);
    }
    if (answer.ok) return answer;
    throw new ServerRefusal(answer.status, await answer.text().catch(() => ''));
  }

  /** Sends a body at the pace of the other side; rejects as `ask` does, or as the body does. */
  async post<T>(path: string, sent: RemoteBody): Promise<T> {
    const headers = { ...this.#headers, ...sent.headers };
    const { postStream } = await import('./send-stream.ts');
    const sending = postStream({ ...sent, url: this.url + path, headers });
    const answer = await sending.catch((error: unknown) => {
      throw error instanceof SluiceError ? error : this.lost(error);
    });
    if (answer.status >= 400) throw new ServerRefusal(answer.status, answer.body);
    return JSON.parse(answer.body) as T;
  }

  /** What a connection that failed means. */
  lost(error: unknown): SluiceError {
    const { cause } = error as { cause?: unknown };
    const detail = messageOf(cause ?? error) || messageOf(error);
    return new SluiceError('server.unreachable', { url: this.url, detail }, { cause: error });
  }
}

/** The server that `--server` or the settings name. */
export function namedServer({ flags, resolved }: Invocation): Remote | undefined {
  const { serverUrl, serverToken } = resolved.settings;
  if (serverUrl === '') return undefined;
  return new Remote(serverUrl, serverToken, flags.tenant);
}

/**
 * The server that works in this data directory, opened by the socket that only its owner may use;
 * undefined where no process does. Rejects with `server.none` where the owner is a run.
 */
export async function owningServer(
  { dataDir }: Pick<Workbench, 'dataDir'>,
  tenant: string | undefined,
): Promise<Remote | undefined> {
  const served = await askOwner(dataDir, { action: 'server' }).catch((error: unknown) => {
    if (error instanceof SluiceError) throw error;
    return undefined;
  });
  if (served === undefined) return undefined;
  const { url, key } = served as { readonly url: string; readonly key: string };
  return new Remote(url, key, tenant);
}

/** One of the two; rejects with `server.needed` where there is neither. */
export async function anyServer(invocation: Invocation): Promise<Remote> {
  const named = namedServer(invocation);
  if (named !== undefined) return named;
  const { dataDir } = await invocation.workbench();
  const owning = await owningServer({ dataDir }, invocation.flags.tenant);
  if (owning !== undefined) return owning;
  throw new SluiceError('server.needed', { path: dataDir });
}
