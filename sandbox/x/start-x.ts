/**
 * The stand-in of X API v2: users, followers, lists and posts by seed, on a loopback port, with
 * accounts to read them by and the limits, refusals and manners of the service.
 *
 * `Authorization: Bearer` is checked, and nothing is remembered of a call but its count: what an
 * answer holds depends on the seed, the call and the commands given since, never on the time it
 * comes at, save for the limits.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { messageOf } from '../../src/base/errors.ts';
import { answer, startStandIn } from '../servers/stand-in.ts';
import { tryLines } from '../try-lines.ts';
import { Accounts } from './accounts.ts';
import type { LeadList } from './lead-lists.ts';
import { RateWindows } from './rate-windows.ts';
import { type TruthLead, type TruthList, truthList, xTruth } from './truth.ts';
import { World } from './world.ts';
import { XApi } from './x-api.ts';
import { control, type XCommand, type XCommandResult } from './x-control.ts';
import { truthLines, writeXFiles, type XFiles } from './x-files.ts';
import { resolveXOptions, type XOptions } from './x-options.ts';
import { handleCall } from './x-server.ts';
import { XCounters, type XStats } from './x-stats.ts';

export interface XAccount {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly string[];
}

export interface XStandIn {
  readonly port: number;
  /** `http://127.0.0.1:PORT`: what the API's address is replaced by; paths begin with /2. */
  readonly url: string;
  readonly seed: number;
  readonly accounts: readonly XAccount[];
  /** App-only tokens, one of each app. */
  readonly appTokens: readonly string[];
  readonly lists: readonly LeadList[];
  /** Paths of the files that were written, if any. */
  readonly files: XFiles | undefined;
  stats(): XStats;
  control(command: XCommand): XCommandResult;
  /** The lists and leads as they are now. */
  truth(): Generator<TruthList | TruthLead>;
  truthOf(list: string): TruthList;
  /** Forgets counts and windows; the world, deaths and stops stay. */
  reset(): void;
  close(): Promise<void>;
}

const COMMAND_BYTES_MAX = 100_000;

/** Starts it on 127.0.0.1. Throws RangeError for options out of bounds. */
export async function startX(options: XOptions = {}): Promise<XStandIn> {
  const config = resolveXOptions(options);
  const world = new World(config);
  const accounts = new Accounts(config);
  const windows = new RateWindows(config);
  const counters = new XCounters(config);
  const api = new XApi(config, world);
  const parts = { config, world, accounts, windows, counters, api };
  const stats = () => counters.read(accounts.accounts);
  const reset = () => {
    counters.clear();
    windows.clear();
  };
  const files =
    options.directory === undefined
      ? undefined
      : await writeXFiles(options.directory, world, accounts);
  const server = await startStandIn(options.port ?? 0, stats, (request, response) => {
    if (request.url?.startsWith('/__') !== true) return handleCall(parts, request, response);
    if (request.url === '/__truth') return sendTruth(response, world);
    if (request.method === 'POST' && request.url === '/__reset') {
      reset();
      return sendJson(response, 200, { ok: true });
    }
    if (request.method === 'POST' && request.url === '/__control') {
      return readCommand(request, response, (command) => control(parts, command));
    }
    return sendJson(response, 404, { error: 'POST /__control, POST /__reset, /__stats, /__truth' });
  });
  return {
    port: server.port,
    url: server.url,
    seed: config.seed,
    accounts: accounts.accounts,
    appTokens: accounts.apps.map((app) => app.token),
    lists: world.lists,
    files,
    stats,
    control: (command) => control(parts, command),
    truth: () => xTruth(world),
    truthOf(id) {
      const list = world.lists.find((each) => each.id === id);
      if (!list) throw new RangeError(`there is no list "${id}"`);
      return truthList(world, list);
    },
    reset,
    close: () => server.close(),
  };
}

/** What to tell a person who started it. */
export function describeX(x: XStandIn): string {
  const lines = [
    `${x.accounts.length} accounts and ${x.lists.length} lists (seed ${x.seed}) at ${x.url}/2`,
    `what it saw: ${x.url}/__stats; what to do to it: POST ${x.url}/__control`,
  ];
  if (x.files) {
    lines.push(
      `the accounts: ${x.files.accountsFile}`,
      `the lists: ${x.files.listsFile}`,
      `the truth: ${x.files.truthFile}`,
      ...tryLines(
        { SLUICE_X_BASE_URL: x.url },
        ['accounts', 'import', x.files.accountsFile, '--service', 'x', '--replace'],
        ['leads', 'lists', 'import', x.files.listsFile],
        ['leads', 'collect'],
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, JSON.stringify(body), { 'content-type': 'application/json' });
}

function sendTruth(response: ServerResponse, world: World): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  Readable.from(truthLines(world)).pipe(response);
}

function readCommand(
  request: IncomingMessage,
  response: ServerResponse,
  run: (command: XCommand) => XCommandResult,
): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    if (text.length <= COMMAND_BYTES_MAX) text += chunk;
  });
  request.on('end', () => {
    try {
      sendJson(response, 200, run(JSON.parse(text) as XCommand));
    } catch (error) {
      sendJson(response, 400, { error: messageOf(error) });
    }
  });
}
