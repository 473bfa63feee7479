/** A request for a report: who asks, whether that is allowed, the file or what is said instead. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterDelay, answer } from '../servers/stand-in.ts';
import { randomOf } from '../sites/seed.ts';
import { type ExportFile, exportOf, readExportQuery } from './call-export.ts';
import { basicOf, type Logins } from './logins.ts';
import { formPage, MYSQL_ERROR, PHP_WARNING, PROXY_LOGIN } from './report-pages.ts';
import type { Script } from './vicidial-control.ts';
import { FAULT_MODES, type FaultMode } from './vicidial-options.ts';
import type { Counters, OpenRequest } from './vicidial-stats.ts';
import type { Client, Server, World } from './world.ts';

export interface ReportParts {
  readonly world: World;
  readonly logins: Logins;
  readonly counters: Counters;
  readonly scripts: Script[];
  /** Answers that take their time, to be sent at once. */
  readonly slow: Set<() => void>;
  /** Real time, ms. */
  readonly nowMs: () => number;
}

export interface ReportRequest {
  readonly server: Server;
  readonly fields: URLSearchParams;
  readonly leads: boolean;
}

const REALM = { 'www-authenticate': 'Basic realm="CONTACT-CENTER-ADMIN"' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };

export function answerReport(
  parts: ReportParts,
  { server, fields, leads }: ReportRequest,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { world, logins, counters, slow, nowMs } = parts;
  const [user, password] = basicOf(request.headers.authorization);
  const login = logins.check(server, user, password, nowMs());
  if (login.kind === 'out') {
    const known = world.clientOf(server, user);
    if (known && login.bad) counters.refused(known);
    counters.stranger(known === undefined && login.bad);
    answer(response, login.bad ? 401 : 200, `${login.text}\n`, {
      ...HTML,
      ...(login.bad && REALM),
    });
    return;
  }
  const { client } = login;
  const open = counters.open(client);
  response.once('close', () => open.close());
  const refusal = refusalOf(client, leads);
  if (refusal) {
    answer(response, refusal.status, refusal.text, {
      ...HTML,
      ...(refusal.status === 401 && REALM),
    });
    return;
  }
  const report = leads ? 'Export Leads Report' : 'Export Calls Report';
  if (!fields.has('run_export')) {
    answer(response, 200, formPage(client, report), HTML);
    return;
  }
  const fault = faultOf(parts, client);
  if (fault) open.fault(fault.mode);
  const waitMs = world.config.latencyMs + (fault?.mode === 'slow' ? fault.ms : 0);
  open.waits(waitMs);
  const reply = () => {
    if (!slow.delete(reply)) return;
    const said = fault && instead(fault.mode, formPage(client, report));
    if (said) return answer(response, said.status, said.text, HTML);
    const file = exportOf(world, client, readExportQuery(fields, leads));
    if ('sentence' in file) return answer(response, 200, file.sentence, HTML);
    open.file();
    void sendFile(response, file, open, fault?.mode);
  };
  slow.add(reply);
  response.once('close', () => slow.delete(reply));
  afterDelay(response, waitMs, reply);
}

function refusalOf({ rights, user }: Client, leads: boolean) {
  if (!rights.viewReports) {
    return { status: 200, text: `You are not allowed to view reports: |${user}|GOOD|\n` };
  }
  if (!rights.exportReports) {
    return { status: 200, text: `You do not have permissions for export reports: |${user}|\n` };
  }
  if (rights.thisReport) return undefined;
  const report = leads ? 'Export Leads Report' : 'Export Calls Report';
  return { status: 401, text: `You are not allowed to view this report: |${user}|${report}|\n` };
}

/** Asked for by a command first, else by chance and seed. */
function faultOf({ world, scripts, counters }: ReportParts, client: Client) {
  const name = `${client.campaign}/${client.name}`;
  const at = scripts.findIndex((script) => script.client === undefined || script.client === name);
  const script = scripts[at];
  if (script) {
    script.times -= 1;
    if (script.times <= 0) scripts.splice(at, 1);
    return { mode: script.mode, ms: script.ms };
  }
  const { faults, seed } = world.config;
  const number = counters.read().clients[name]?.requests ?? 0;
  let draw = randomOf(seed, 'fault', client.index, number).next();
  const mode = FAULT_MODES.find((each) => {
    draw -= faults[each] ?? 0;
    return draw < 0;
  });
  return mode && { mode, ms: 2_000 };
}

function instead(mode: FaultMode, form: string) {
  switch (mode) {
    case 'proxy-login':
      return { status: 200, text: PROXY_LOGIN };
    case 'mysql-error':
      return { status: 200, text: MYSQL_ERROR };
    case 'error500':
      return { status: 500, text: '<h1>Internal Server Error</h1>' };
    case 'form':
      return { status: 200, text: form };
    default:
      return undefined;
  }
}

/** Piece by piece, as fast as it is taken: a million rows need no memory. */
async function sendFile(
  response: ServerResponse,
  { name, pieces }: ExportFile,
  open: OpenRequest,
  fault: FaultMode | undefined,
): Promise<void> {
  const late = fault === 'php-warning';
  response.writeHead(
    200,
    late
      ? HTML
      : {
          'content-type': 'application/octet-stream',
          'content-disposition': `attachment; filename="${name}"`,
          expires: '0',
          'cache-control': 'must-revalidate, post-check=0, pre-check=0',
        },
  );
  if (late || fault === 'php-warning-inside') response.write(PHP_WARNING);
  let before: Buffer | undefined;
  for (const piece of pieces) {
    if (before !== undefined) {
      if (fault === 'reset' || fault === 'truncate') break;
      if (!(await write(response, before, open))) return;
    }
    before = piece;
  }
  if (before === undefined) return;
  if (fault === 'reset') {
    response.write(before.subarray(0, before.length >> 1), () => response.socket?.destroy());
    return;
  }
  // In the middle of a row: the last line end is never sent.
  const end = fault === 'truncate' ? Math.max(1, before.length - 40) : before.length;
  open.sent(end);
  response.end(before.subarray(0, end));
}

async function write(response: ServerResponse, piece: Buffer, open: OpenRequest): Promise<boolean> {
  open.sent(piece.length);
  if (response.write(piece)) return true;
  await new Promise<void>((resolve) => {
    const on = () => {
      response.off('drain', on);
      response.off('close', on);
      resolve();
    };
    response.on('drain', on);
    response.on('close', on);
  });
  return !response.destroyed;
}
