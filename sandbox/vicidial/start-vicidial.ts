/**
 * The stand-in of VICIdial: several servers behind one loopback port (`/s1/vicidial/…`), with the
 * reports that come as files and the functions for programs, by seed. Its clock stands still until
 * a command moves it, so what an answer holds never depends on when it is asked for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { messageOf } from '../../src/base/errors.ts';
import { answer, startStandIn } from '../servers/stand-in.ts';
import { tryLines } from '../try-lines.ts';
import { Logins } from './logins.ts';
import { answerApi } from './non-agent-api.ts';
import { answerReport, type ReportParts } from './report-server.ts';
import {
  credentialsCsv,
  type TruthCall,
  truthCalls,
  truthLines,
  type VicidialFiles,
  writeVicidialFiles,
} from './truth.ts';
import { control, type Script, type VicidialCommand } from './vicidial-control.ts';
import { resolveVicidialOptions, type VicidialOptions } from './vicidial-options.ts';
import { Counters, type VicidialStats } from './vicidial-stats.ts';
import { World } from './world.ts';

export interface VicidialStandIn {
  readonly port: number;
  readonly url: string;
  readonly seed: number;
  readonly world: World;
  /** The list of who may read what, passwords included. */
  readonly credentials: string;
  readonly files: VicidialFiles | undefined;
  stats(): VicidialStats;
  control(command: VicidialCommand): unknown;
  truth(): Generator<TruthCall>;
  /** Forgets counts, failed logins and what was still to go wrong. */
  reset(): void;
  close(): Promise<void>;
}

const BODY_CHARS_MAX = 100_000;
const NO_CACHE = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-cache, must-revalidate',
  pragma: 'no-cache',
};

/** Starts it on 127.0.0.1. Throws RangeError for options out of bounds. */
export async function startVicidial(options: VicidialOptions = {}): Promise<VicidialStandIn> {
  const config = resolveVicidialOptions(options);
  const world = new World(config);
  const logins = new Logins(world);
  const counters = new Counters();
  const scripts: Script[] = [];
  const slow = new Set<() => void>();
  const parts = { world, logins, counters, scripts, slow, nowMs: () => performance.now() };
  const reset = () => {
    counters.clear();
    logins.clear();
    scripts.length = 0;
  };
  const stats = () => counters.read();
  const server = await startStandIn(options.port ?? 0, stats, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/__')) return readForm(parts, url, request, response);
    if (url.pathname === '/__truth') {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      Readable.from(truthLines(world)).pipe(response);
      return;
    }
    if (request.method === 'POST' && url.pathname === '/__reset') {
      reset();
      return sendJson(response, 200, { ok: true });
    }
    if (request.method === 'POST' && url.pathname === '/__control') {
      return readBody(request, (text) => {
        try {
          sendJson(response, 200, control(parts, JSON.parse(text) as VicidialCommand));
        } catch (error) {
          sendJson(response, 400, { error: messageOf(error) });
        }
      });
    }
    return sendJson(response, 404, { error: 'POST /__control, POST /__reset, /__stats, /__truth' });
  });
  const { directory } = options;
  return {
    port: server.port,
    url: server.url,
    seed: config.seed,
    world,
    credentials: credentialsCsv(world, server.url),
    files:
      directory === undefined ? undefined : await writeVicidialFiles(directory, world, server.url),
    stats,
    control: (command) => control(parts, command),
    truth: () => truthCalls(world),
    reset,
    close: () => server.close(),
  };
}

/** What to tell a person who started it. */
export function describeVicidial(vicidial: VicidialStandIn): string {
  const { world, url, seed, files } = vicidial;
  const lines = [
    `${world.clients.length} clients on ${world.servers.length} servers (seed ${seed}) at ${url}/s1/vicidial`,
    `what it saw: ${url}/__stats; what to do to it: POST ${url}/__control`,
    ...(files
      ? [
          `the credentials: ${files.credentialsFile}`,
          `the truth: ${files.truthFile}`,
          ...tryLines({}, [
            ...['campaigns', 'collect', files.credentialsFile, '--single'],
            ...['--allow-host', new URL(url).host],
          ]),
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The fields of a request come with its address, or as a form. */
function readForm(
  parts: ReportParts,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (request.method !== 'POST') {
    route(parts, url, url.searchParams, request, response);
    return;
  }
  readBody(request, (text) => {
    const fields = new URLSearchParams(url.searchParams);
    for (const [name, value] of new URLSearchParams(text)) fields.append(name, value);
    route(parts, url, fields, request, response);
  });
}

function route(
  parts: ReportParts,
  url: URL,
  fields: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const [, place, script] = /^\/(s\d+)\/vicidial\/(\w+)\.php$/.exec(url.pathname) ?? [];
  const server = parts.world.servers.find(({ name }) => name === place);
  if (!server) return answer(response, 404, '<h1>Not Found</h1>');
  switch (script) {
    case 'call_report_export':
    case 'lead_report_export': {
      const leads = script === 'lead_report_export';
      return answerReport(parts, { server, fields, leads }, request, response);
    }
    case 'non_agent_api': {
      const user = fields.get('user') ?? '';
      const login = () => parts.logins.check(server, user, fields.get('pass') ?? '', parts.nowMs());
      const { status, text } = answerApi(parts.world, server, fields, login);
      parts.counters.stranger(/\|BAD\|$/m.test(text));
      return answer(response, status, text, NO_CACHE);
    }
    default:
      return answer(response, 404, '<h1>Not Found</h1>');
  }
}

function readBody(request: IncomingMessage, done: (text: string) => void): void {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    if (text.length <= BODY_CHARS_MAX) text += chunk;
  });
  request.on('end', () => done(text));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, JSON.stringify(body), { 'content-type': 'application/json' });
}
