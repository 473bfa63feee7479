/**
 * A good request for every route, by the route's name. The tests of the contract, of isolation and
 * of bad input walk over this table; a route without a case fails them.
 */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { COLLECTION_CASES } from './route-cases-collections.ts';
import { LIMIT_CASES } from './route-cases-limits.ts';
import { PAGE_CASES } from './route-cases-page.ts';
import { type RigKey, type ServerRig, startServer } from './server-rig.ts';

export interface RouteCase {
  /** Default: the operator's where the route asks for it, else that of an admin of `acme`. */
  readonly key?: RigKey;
  /** Of the good answer. */
  readonly status: number;
  /** Asked anew for each request: what the request uses up is made here. */
  readonly request: (world: World) => RouteRequest | Promise<RouteRequest>;
  /** What its parameters name belongs to nobody: others get the same answer. */
  readonly shared?: true;
  /** Only a cluster has what it asks for; this is how a server that is alone refuses it. */
  readonly refusedAlone?: true;
  /** The answer has no end of its own. */
  readonly endless?: true;
}

export interface RouteRequest {
  /** Filled in, with its query. */
  readonly path: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server with something of the tenant `acme` on it. */
export interface World extends ServerRig {
  /** An ended job of `acme`: one row with a record, one that failed. */
  readonly jobId: string;
  /** A page with an address on it. */
  readonly pageUrl: string;
  /** A job of `acme` that runs until it is stopped. */
  runningJob(): Promise<string>;
  /** A job of `acme` that has ended, with a failed row. */
  endedJob(): Promise<string>;
  /** Asks as an operator or an admin of `acme` and wants success; the answer's JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of all kinds are looked into.
  made(key: RigKey, method: string, path: string, json?: unknown): Promise<any>;
}

const NO_WEBSITE = 'no website';

export async function openWorld(test: TestContext): Promise<World> {
  const site = createServer((request, response) => {
    if (request.url === '/silent') return;
    const found = request.url === '/';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/html' });
    response.end(found ? '<p>Write to <a href="mailto:us@acme.example">us</a></p>' : '');
  });
  const port = await listening(site);
  const rig = await startServer(test, {
    allowHosts: [`127.0.0.1:${port}`],
    collectors: FAKE_SERVICE,
    destinations: 'away=postgres://127.0.0.1:1/db',
  });
  test.after(() => site.closeAllConnections());
  test.after(() => site.close());
  const made: World['made'] = async (key, method, path, json) => {
    const answer = await rig.call(method, path, { key, json });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.text === '' ? undefined : answer.json;
  };
  const start = async (rows: readonly string[]) => {
    const order = { collector: 'contacts', input: { rows } };
    return (await made('run', 'POST', '/v1/jobs', order)).job.id as string;
  };
  const ended = async (rows: readonly string[]) => {
    const id = await start(rows);
    while ((await made('read', 'GET', `/v1/jobs/${id}`)).state === 'running') await delay(5);
    return id;
  };
  const pageUrl = `http://127.0.0.1:${port}/`;
  return {
    ...rig,
    pageUrl,
    made,
    jobId: await ended([pageUrl, NO_WEBSITE]),
    runningJob: () => start([`${pageUrl}silent`]),
    endedJob: () => ended([NO_WEBSITE]),
  };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let count = 0;
/** For what must have a name of its own. */
function newName(): string {
  count += 1;
  return `made-${count}`;
}

const FAKE_SERVICE = fileURLToPath(new URL('../fixtures/fake-service.ts', import.meta.url));
const ofJob = (rest: string, status = 200): RouteCase => ({
  status,
  request: ({ jobId }) => ({ path: `/v1/jobs/${jobId}${rest}` }),
});
const open = (path: string): RouteCase => ({ status: 200, request: () => ({ path }) });

function scheduleDraft() {
  const order = { collector: 'contacts', input: { rows: [NO_WEBSITE] } };
  return { name: newName(), cron: '0 6 * * *', timeZone: 'Europe/Paris', order };
}

/** A new schedule of `acme` that has run once. */
const ofSchedule = (
  rest: string,
  { status = 200, json }: { readonly status?: number; readonly json?: unknown } = {},
): RouteCase => ({
  status,
  async request({ made }) {
    const { schedule } = await made('run', 'POST', '/v1/schedules', scheduleDraft());
    await made('run', 'POST', `/v1/schedules/${schedule.id}/run`);
    return { path: `/v1/schedules/${schedule.id}${rest}`, ...(json ? { json } : {}) };
  },
});

/** A new webhook of `acme`. */
const ofWebhook = (
  rest: string,
  { status = 200, json }: { readonly status?: number; readonly json?: unknown } = {},
): RouteCase => ({
  status,
  async request({ made, pageUrl }) {
    const { id } = await made('admin', 'POST', '/v1/webhooks', { url: pageUrl });
    return { path: `/v1/webhooks/${id}${rest}`, ...(json ? { json } : {}) };
  },
});

/** A new account of `acme`. */
const ofAccount = (
  rest: string,
  { status = 200, json }: { readonly status?: number; readonly json?: unknown } = {},
): RouteCase => ({
  status,
  async request({ made }) {
    const { id } = await made('admin', 'POST', '/v1/accounts', accountDraft());
    return { path: `/v1/accounts/${id}${rest}`, ...(json ? { json } : {}) };
  },
});

function accountDraft() {
  return { service: 'fake', name: newName(), secret: { token: 'secret' } };
}

/** A new lead list of `acme`. */
const ofLeadList = ({
  status = 200,
  json,
}: {
  readonly status?: number;
  readonly json?: unknown;
}): RouteCase => ({
  status,
  async request({ made }) {
    const draft = { source: 'search', target: newName(), active: false };
    const { id } = await made('run', 'POST', '/v1/lead-lists', draft);
    return { path: `/v1/lead-lists/${id}`, ...(json ? { json } : {}) };
  },
});

/** A form as browsers send it: the file first. */
function csvForm(path: string): RouteCase {
  const part = (head: string, content: string) =>
    `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
  const file = part('name="file"; filename="list.csv"', `id,website\n1,${NO_WEBSITE}\n`);
  return {
    status: 200,
    request: () => ({
      path,
      body: `${file}${part('name="website_column"', 'website')}--x--\r\n`,
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    }),
  };
}

async function newTenant({ made }: World): Promise<string> {
  const name = newName();
  await made('operator', 'POST', '/v1/tenants', { name });
  return name;
}

export const ROUTE_CASES: Readonly<Record<string, RouteCase>> = {
  ...PAGE_CASES,
  getLiveness: open('/livez'),
  getReadiness: open('/readyz'),
  readMetrics: { ...open('/metrics'), key: 'operator' },
  getOpenapi: open('/openapi.json'),
  getDocs: open('/docs'),

  listCollectors: open('/v1/collectors'),
  getCollector: { ...open('/v1/collectors/contacts'), shared: true },

  createJob: {
    status: 201,
    request: () => ({
      path: '/v1/jobs',
      json: { collector: 'contacts', input: { rows: [NO_WEBSITE] } },
    }),
  },
  listJobs: open('/v1/jobs'),
  getJob: ofJob(''),
  deleteJob: {
    status: 204,
    request: async ({ endedJob }) => ({ path: `/v1/jobs/${await endedJob()}` }),
  },
  pauseJob: {
    status: 200,
    request: async ({ runningJob }) => ({ path: `/v1/jobs/${await runningJob()}/pause` }),
  },
  resumeJob: {
    status: 200,
    async request({ runningJob, made }) {
      const path = `/v1/jobs/${await runningJob()}`;
      await made('run', 'POST', `${path}/pause`);
      return { path: `${path}/resume` };
    },
  },
  cancelJob: {
    status: 200,
    request: async ({ runningJob }) => ({ path: `/v1/jobs/${await runningJob()}/cancel` }),
  },
  retryJob: {
    status: 200,
    request: async ({ endedJob }) => ({ path: `/v1/jobs/${await endedJob()}/retry`, json: {} }),
  },

  streamJobEvents: { ...ofJob('/events'), endless: true },
  streamEvents: { ...open('/v1/events'), endless: true },

  listJobFailures: ofJob('/failures'),
  downloadJobFailures: ofJob('/failures/download'),
  listJobWaits: ofJob('/waits'),
  getJobProgress: ofJob('/progress'),
  listJobTasks: ofJob('/tasks'),
  getJobTask: ofJob('/tasks/0'),
  listJobRecords: ofJob('/records?format=json'),
  downloadJob: ofJob('/download'),
  listJobFiles: ofJob('/files'),

  listWebhooks: open('/v1/webhooks'),
  createWebhook: {
    status: 201,
    request: ({ pageUrl }) => ({ path: '/v1/webhooks', json: { url: pageUrl } }),
  },
  getWebhook: ofWebhook(''),
  updateWebhook: ofWebhook('', { json: { active: false } }),
  deleteWebhook: ofWebhook('', { status: 204 }),
  testWebhook: ofWebhook('/test'),
  listWebhookDeliveries: ofWebhook('/deliveries'),

  listAccounts: open('/v1/accounts'),
  addAccount: {
    status: 201,
    request: () => ({ path: '/v1/accounts', json: accountDraft() }),
  },
  importAccounts: {
    status: 200,
    request: () => ({ path: '/v1/accounts/import', json: { accounts: [accountDraft()] } }),
  },
  getAccount: ofAccount(''),
  testAccount: ofAccount('/test'),
  restAccount: ofAccount('/rest', { json: { forMs: 1_000 } }),
  readyAccount: ofAccount('/ready'),
  retireAccount: ofAccount('/retire', { json: { why: 'old' } }),
  removeAccount: ofAccount('', { status: 204 }),

  listSchedules: open('/v1/schedules'),
  createSchedule: {
    status: 201,
    request: () => ({ path: '/v1/schedules', json: scheduleDraft() }),
  },
  previewSchedule: {
    status: 200,
    request: () => ({ path: '/v1/schedules/preview', json: { cron: '@daily' } }),
  },
  getSchedule: ofSchedule(''),
  updateSchedule: ofSchedule('', { json: { cron: '0 7 * * *', jitterMs: 1_000 } }),
  deleteSchedule: ofSchedule('', { status: 204 }),
  pauseSchedule: ofSchedule('/pause'),
  resumeSchedule: ofSchedule('/resume'),
  runSchedule: ofSchedule('/run'),
  listScheduleRuns: ofSchedule('/history'),

  listLeadLists: open('/v1/lead-lists'),
  createLeadList: {
    status: 201,
    request: () => ({
      path: '/v1/lead-lists',
      json: { source: 'search', target: newName(), maxLeads: 5 },
    }),
  },
  importLeadLists: {
    status: 200,
    request: () => ({
      path: '/v1/lead-lists/import',
      body: `source,target\nsearch,${newName()}\n`,
      headers: { 'content-type': 'text/csv' },
    }),
  },
  collectLeadLists: {
    status: 201,
    request: () => ({ path: '/v1/lead-lists/collect', json: { maxLists: 1 } }),
  },
  getLeadList: ofLeadList({}),
  updateLeadList: ofLeadList({ json: { active: false, maxLeads: null } }),
  deleteLeadList: ofLeadList({ status: 204 }),

  uploadFile: {
    status: 201,
    request: () => ({
      path: '/v1/uploads?collector=contacts&column=website',
      body: `website\n${NO_WEBSITE}\n`,
      headers: { 'content-type': 'text/csv' },
    }),
  },
  listJobRejects: ofJob('/rejects'),

  uploadCsv: csvForm('/csv/upload-csv'),
  uploadCsvLinkedin: csvForm('/csv/upload-linkedin-csv'),
  getCsvJob: { status: 200, request: ({ jobId }) => ({ path: `/csv/job/${jobId}` }) },
  downloadCsvJob: { status: 200, request: ({ jobId }) => ({ path: `/csv/job/${jobId}/download` }) },
  scrap: { status: 200, request: ({ pageUrl }) => ({ path: '/scrap', json: { url: pageUrl } }) },
  scrapLinkedin: {
    status: 200,
    request: ({ pageUrl }) => ({ path: '/scrap-linkedin', json: { website: pageUrl } }),
  },

  ...COLLECTION_CASES,
  ...LIMIT_CASES,
  listNodes: open('/v1/nodes'),
  drainNode: {
    status: 409,
    refusedAlone: true,
    request: () => ({ path: '/v1/nodes/n_1/drain' }),
  },
  listPools: open('/v1/performance/pools'),
  clearPools: { status: 200, request: () => ({ path: '/v1/performance/metrics/clear' }) },
  testMachine: { status: 200, request: () => ({ path: '/v1/performance/test' }) },
  startBenchmark: {
    status: 202,
    // None is under way when it is asked for again.
    async request({ made }) {
      const path = '/v1/performance/benchmark';
      while ((await made('operator', 'GET', path)).state === 'running') await delay(20);
      return { path, json: { work: ['write'], eachMs: 10 } };
    },
  },
  getBenchmark: open('/v1/performance/benchmark'),

  listTenants: open('/v1/tenants'),
  createTenant: {
    status: 201,
    request: () => ({ path: '/v1/tenants', json: { name: newName(), weight: 2 } }),
  },
  getTenant: open('/v1/tenants/acme'),
  updateTenant: {
    status: 200,
    request: async (world) => ({
      path: `/v1/tenants/${await newTenant(world)}`,
      json: { concurrency: 5 },
    }),
  },
  deleteTenant: {
    status: 204,
    request: async (world) => ({ path: `/v1/tenants/${await newTenant(world)}` }),
  },
};
