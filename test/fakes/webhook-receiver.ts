/** A real HTTP server on the loopback that gets webhooks and answers as it is told to. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  /** With what is behind the question mark. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of all kinds are looked into.
  readonly json: any;
}

export type Answer = number | 'hang' | ((response: ServerResponse) => void);

export class WebhookReceiver {
  readonly received: Received[] = [];
  /** The next answers, in order; then `last` for ever. */
  answers: Answer[] = [];
  last: Answer = 200;
  /** Requests that are under way, and the most there ever were. */
  open = 0;
  openMost = 0;
  port = 0;
  readonly #server = createServer((request, response) => {
    this.open += 1;
    this.openMost = Math.max(this.openMost, this.open);
    response.once('close', () => {
      this.open -= 1;
    });
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const { url: path = '', headers } = request;
      this.received.push({ path, headers, body, json: JSON.parse(body) });
      const answer = this.answers.shift() ?? this.last;
      if (typeof answer === 'number') response.writeHead(answer).end('as told');
      else if (answer !== 'hang') answer(response);
    });
  });

  static async start(test: TestContext): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    const server = receiver.#server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    receiver.port = (server.address() as AddressInfo).port;
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }
}
