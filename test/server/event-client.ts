/** Reads server-sent events as a client does: by fetch, cut off wherever the test wants. */
import assert from 'node:assert/strict';

export interface ServerEvent {
  readonly id: number | undefined;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: events of all kinds are looked into.
  readonly data: any;
}

export interface OpenOptions {
  readonly after?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing behind so many bytes is seen: the connection breaks there. */
  readonly cutAfterBytes?: number;
}

export class EventClient {
  readonly events: ServerEvent[] = [];
  /** Comments, without their colon. */
  readonly comments: string[] = [];
  readonly status: number;
  /** Number of the last event, as a browser keeps it. */
  lastId: string | undefined;
  retryMs: number | undefined;
  ended = false;
  readonly #abort: AbortController;
  readonly #answer: Response;
  #waiting: (() => void)[] = [];
  #text = '';

  private constructor(answer: Response, abort: AbortController) {
    this.#answer = answer;
    this.#abort = abort;
    this.status = answer.status;
  }

  static async open(url: string, key: string, options: OpenOptions = {}): Promise<EventClient> {
    const abort = new AbortController();
    const { after, headers, cutAfterBytes = Number.POSITIVE_INFINITY } = options;
    const answer = await fetch(url, {
      headers: {
        authorization: `Bearer ${key}`,
        ...(after === undefined ? {} : { 'last-event-id': after }),
        ...headers,
      },
      signal: abort.signal,
    });
    const client = new EventClient(answer, abort);
    if (answer.status === 200) {
      assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
      void client.#read(cutAfterBytes);
    }
    return client;
  }

  json(): Promise<unknown> {
    return this.#answer.json();
  }

  /** The first event (from `from` on) that `is` says yes to; rejects after a while. */
  async until(is: (event: ServerEvent) => boolean, from = 0): Promise<ServerEvent> {
    await this.#wait(
      () => this.events.slice(from).some(is),
      () => this.#story(),
    );
    return this.events.slice(from).find(is) as ServerEvent;
  }

  async untilEnded(): Promise<void> {
    await this.#wait(
      () => this.ended,
      () => this.#story(),
    );
  }

  close(): void {
    this.#abort.abort();
  }

  #story(): string {
    return JSON.stringify(this.events.map(({ type, id }) => [type, id])).slice(-2_000);
  }

  async #wait(done: () => boolean, story: () => string): Promise<void> {
    const deadline = AbortSignal.timeout(60_000);
    while (!done()) {
      if (deadline.aborted) throw new Error(`nothing more came: ${story()}`);
      if (this.ended) throw new Error(`it ended: ${story()}`);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #read(cutAfterBytes: number): Promise<void> {
    const decoder = new TextDecoder();
    let left = cutAfterBytes;
    try {
      for await (const chunk of this.#answer.body ?? []) {
        this.#take(decoder.decode(chunk.subarray(0, left), { stream: true }));
        left -= chunk.length;
        this.#wake();
        if (left <= 0) this.close();
      }
    } catch {
      // Cut off, by either side.
    }
    this.ended = true;
    this.#wake();
  }

  #take(text: string): void {
    this.#text += text;
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) return;
      this.#block(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
    }
  }

  #block(block: string): void {
    let type = 'message';
    let data: string | undefined;
    let id: string | undefined;
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) as RegExpExecArray;
      if (name === '') this.comments.push(value);
      else if (name === 'event') type = value;
      else if (name === 'data') data = value;
      else if (name === 'id') id = value;
      else if (name === 'retry') this.retryMs = Number(value);
      else assert.fail(`a line that is none: ${line}`);
    }
    if (id !== undefined) this.lastId = id;
    if (data === undefined) return;
    this.events.push({
      id: id === undefined ? undefined : Number(id),
      type,
      data: JSON.parse(data),
    });
  }
}
