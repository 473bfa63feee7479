import type {
  ApiAnswer,
  ApiRequest,
  EngineSession,
  ServerSession,
  Workbench,
} from './workbench.ts';

/**
 * The API of a run, for commands in other terminals: an account that it waits for can be added
 * while it waits. Made when the first of them asks; most runs are never asked.
 */
export class RunApi {
  readonly #bench: Workbench;
  readonly #session: EngineSession;
  #server: Promise<ServerSession> | undefined;

  constructor(bench: Workbench, session: EngineSession) {
    this.#bench = bench;
    this.#session = session;
  }

  async ask(request: ApiRequest): Promise<ApiAnswer> {
    this.#server ??= this.#bench.openServer(this.#session);
    return (await this.#server).inject(request);
  }

  /** Before the session's end. */
  async close(): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    await server?.close();
  }
}
