/** Lead lists: what a tenant collects leads of, again and again, and where each list stands. */
import { z } from 'zod';
import { LEAD_SOURCES } from '../../collectors/leads/lead-source.ts';
import { LEADS_MAX } from '../../collectors/leads/list-input.ts';
import { receiveListFile } from '../../engine/lead-list-file.ts';
import { LEADS_COLLECTOR } from '../../engine/lead-lists.ts';
import { LEAD_LIST_STATES } from '../../model/lead-list.ts';
import type { ServerParts } from '../parts.ts';
import type { Principal } from '../principal.ts';
import { type Route, route } from '../route.ts';
import { uploadBody } from '../upload-body.ts';
import { checkMediaType, fileOfFields } from '../upload-fields.ts';
import { jobWire, SubmittedWire } from '../wire.ts';
import { idempotencyKey } from './jobs.ts';

const PAGE_MAX = 1_000;
const FILE_BYTES_MAX = 8 * 2 ** 20;
const IDLE_MS = 60_000;
const FILE_TYPES = ['text/csv', 'text/tab-separated-values', 'application/x-ndjson', 'text/plain'];

const id = z.string().max(16);
const name = z.string().min(1).max(200);
const maxLeads = z.int().min(1).max(LEADS_MAX);

const RunWire = z.object({
  jobId: z.string(),
  startedMs: z.int(),
  endedMs: z.int().optional(),
  end: z
    .string()
    .optional()
    .meta({
      description:
        '`complete`, `batch` (as many as a run may bring), `limit` (as many as the list may have), ' +
        '`pages` or `failed`.',
    }),
  new: z.int().meta({ description: 'Leads that are new to the list.' }),
  known: z.int(),
  calls: z.int(),
  pages: z.int(),
  accounts: z.array(z.string()),
});

export const LeadListWire = z.object({
  id,
  tenant: z.string(),
  name: z.string(),
  source: z.string(),
  target: z.string(),
  maxLeads: z.int().optional(),
  key: z.string().meta({
    description: 'Its leads are the entries `KEY/…` of the collection `lead-list-members`.',
  }),
  active: z.boolean(),
  createdMs: z.int(),
  updatedMs: z.int(),
  takenMs: z.int().optional().meta({ description: 'When a job took it up last.' }),
  jobId: z.string().optional(),
  state: z.enum(LEAD_LIST_STATES).meta({ description: '`sweeping`: the next run goes on.' }),
  leads: z.int().meta({ description: 'So far.' }),
  wholeMs: z.int().optional().meta({ description: 'When it was read to its end last.' }),
  run: RunWire.optional().meta({ description: 'The last one, as far as it has come.' }),
  error: z.object({ code: z.string(), message: z.string(), atMs: z.int() }).optional(),
});

const DraftWire = z.strictObject({
  name: name.optional(),
  source: z.enum(LEAD_SOURCES),
  target: z.string().min(1).max(4_096).meta({
    description: 'A user (`@name`, id, address), the id of a list, or a query.',
  }),
  maxLeads: maxLeads.optional(),
  active: z.boolean().optional(),
});
const PatchWire = z.strictObject({
  name: name.optional(),
  maxLeads: maxLeads.nullable().optional(),
  active: z.boolean().optional(),
});
const ImportWire = z.object({
  created: z.int(),
  changed: z.int(),
  same: z.int(),
  refused: z.array(z.object({ line: z.int(), message: z.string() })),
});
const CollectWire = z.strictObject({
  ids: z.array(id).min(1).max(PAGE_MAX).optional(),
  force: z.boolean().optional().meta({ description: 'Due or not, and read to the end anew.' }),
  maxLists: z.int().min(1).max(100_000).optional(),
  batch: z.int().min(1).max(1_000_000).optional().meta({
    description: 'New leads a list at most. Default: batchSize of the settings.',
  }),
});
const CollectedWire = SubmittedWire.extend({
  lists: z.array(id).meta({ description: 'The lists that the job takes up.' }),
  held: z.array(z.object({ jobId: z.string(), lists: z.int() })).meta({
    description:
      'How many others an earlier job still has, where those that are due are asked for.',
  }),
});
const Params = z.strictObject({ id });

const tag = 'Leads';
const path = '/v1/lead-lists';

const one = { path: `${path}/:id`, tag, params: Params } as const;

export function leadListReadRoutes({
  leads,
  settings,
}: Pick<ServerParts, 'leads' | 'settings'>): Route[] {
  const tenantOf = ({ tenant }: Principal) => tenant ?? settings.tenant;
  return [
    route({
      id: 'listLeadLists',
      method: 'GET',
      path,
      access: 'read',
      tag,
      summary: 'List lead lists by number, with where they stand',
      query: z.strictObject({
        after: id.optional(),
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100),
      }),
      answers: { 200: z.object({ lists: z.array(LeadListWire), next: id.optional() }) },
      async handle({ query, principal }) {
        const lists = await leads.list(tenantOf(principal), query);
        const next = lists.length < query.limit ? undefined : lists.at(-1)?.id;
        return { lists, ...(next === undefined ? {} : { next }) };
      },
    }),
    route({
      ...one,
      id: 'getLeadList',
      method: 'GET',
      access: 'read',
      summary: 'Show a lead list and where it stands',
      answers: { 200: LeadListWire },
      handle: ({ params, principal }) => leads.get(tenantOf(principal), params.id),
    }),
  ];
}

export function leadListRoutes(parts: ServerParts): Route[] {
  const { leads, desk, engine, settings, clock, progress } = parts;
  const tenantOf = ({ tenant }: Principal) => tenant ?? settings.tenant;
  return [
    ...leadListReadRoutes(parts),
    route({
      id: 'createLeadList',
      method: 'POST',
      path,
      access: 'run',
      tag,
      summary: 'Store a lead list; its id is a number of the tenant’s own',
      body: DraftWire,
      answers: { 201: LeadListWire },
      async handle({ body, principal, reply }) {
        const list = await leads.book.create(tenantOf(principal), body);
        reply.code(201).header('location', `${path}/${list.id}`);
        const [standing] = await leads.standings([list]);
        return standing;
      },
    }),
    route({
      id: 'importLeadLists',
      method: 'POST',
      path: `${path}/import`,
      access: 'run',
      tag,
      summary: 'Store the lists of a file: CSV, TSV or JSON lines',
      description:
        'Columns `source` (default `followers`), `target`, `name`, `max_leads`, `active` and `id`. ' +
        'A row whose source and target are known changes that list; one that is no list is ' +
        'refused alone.',
      streams: FILE_TYPES,
      answers: { 200: ImportWire },
      async handle({ principal, request }) {
        const type = checkMediaType(request.headers, FILE_TYPES);
        const { name: fileName, wishes } = fileOfFields({}, type);
        const terms = {
          name: fileName,
          bytesMax: FILE_BYTES_MAX,
          sha256: undefined,
          idleMs: IDLE_MS,
        };
        const body = uploadBody(request.raw, terms, clock);
        const rows = await receiveListFile(body, fileName, wishes);
        return leads.book.import(tenantOf(principal), rows);
      },
    }),
    route({
      id: 'collectLeadLists',
      method: 'POST',
      path: `${path}/collect`,
      access: 'run',
      tag,
      summary: 'Start a job over lead lists',
      description:
        'Those of `ids`, due or not; else all active ones that are due and that no open job has, ' +
        'longest not taken up first. Where there are none, the job has nothing to do and is over.',
      body: CollectWire,
      headers: {
        'Idempotency-Key': '1 to 200 printable characters; the same again starts nothing new.',
      },
      answers: { 201: CollectedWire, 200: CollectedWire },
      async handle({ body: { batch, ...wishes }, principal, request, reply }) {
        const key = idempotencyKey(request.headers['idempotency-key']);
        const tenant = tenantOf(principal);
        const options = { ...(wishes.force && { force: true }), ...(batch && { batch }) };
        const order = { collector: LEADS_COLLECTOR, options };
        const due = wishes.ids === undefined && wishes.force !== true;
        const held = due ? [...(await leads.held(tenant))] : [];
        const { lists, ...filled } = await leads.order(tenant, wishes, order);
        const submitted = await desk.submitFilled(filled, tenant, key);
        const { job, created } = submitted;
        reply.code(created ? 201 : 200).header('location', `/v1/jobs/${job.id}`);
        const wire = jobWire(job, engine.running(job.id), progress.shown(job));
        const taken = created ? lists.map((list) => list.id) : [];
        return {
          ...submitted,
          job: wire,
          lists: taken,
          held: held.map(([jobId, count]) => ({ jobId, lists: count })),
        };
      },
    }),
    route({
      ...one,
      id: 'updateLeadList',
      method: 'PATCH',
      access: 'run',
      summary: 'Change what is named; the rest stays',
      description: 'Another target is another list. `maxLeads: null`: any number.',
      body: PatchWire,
      answers: { 200: LeadListWire },
      async handle({ params, body, principal }) {
        const list = await leads.book.change(tenantOf(principal), params.id, body);
        const [standing] = await leads.standings([list]);
        return standing;
      },
    }),
    route({
      ...one,
      id: 'deleteLeadList',
      method: 'DELETE',
      access: 'run',
      summary: 'Remove a lead list; the leads it brought stay',
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        await leads.book.remove(tenantOf(principal), params.id);
        return reply.code(204).send();
      },
    }),
  ];
}
