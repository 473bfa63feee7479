/** Accounts at services: what slow, limited work is done with. An admin of a tenant has its own. */
import { z } from 'zod';
import type { ShownAccount } from '../../engine/accounts.ts';
import { ACCOUNT_STATES } from '../../model/account.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const IMPORT_MAX = 1_000;
const REST_MS_MAX = 366 * 24 * 3_600_000;

const service = z.string().regex(/^[a-z0-9-]{1,32}$/, 'no name of a service such as x');
const name = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'holds control characters');
const secret = z.unknown().meta({
  description: 'What the service takes, as data or as its JSON text. It is never shown again.',
});
const draft = z.strictObject({ service, name, secret });
const why = z.string().max(500).optional();

const QuotaWire = z.object({
  limit: z.number().optional(),
  remaining: z.number(),
  resetMs: z.int(),
});
const AccountWire = z.object({
  id: z.string(),
  tenant: z.string(),
  service: z.string(),
  name: z.string(),
  state: z
    .enum([...ACCOUNT_STATES, 'leased'])
    .meta({ description: '`leased`: in use right now. Only a `ready` one is given out.' }),
  reason: z.string().optional().meta({ description: 'Why it rests or was set aside.' }),
  restUntilMs: z.int().optional(),
  quotas: z
    .record(z.string(), QuotaWire)
    .meta({ description: 'What the service last said, by endpoint; 0 left = it rests there.' }),
  addedMs: z.int(),
  usedMs: z.int().optional(),
  calls: z.int(),
  failures: z.int(),
  usedBy: z
    .object({
      jobId: z.string(),
      seq: z.int(),
      sinceMs: z.int(),
      untilMs: z.int().meta({ description: 'When it is taken away unless it is used.' }),
      stuck: z.boolean().meta({ description: 'Nothing was heard of it for most of that time.' }),
    })
    .optional(),
});
const Params = z.strictObject({ id: z.string().max(64) });
const tag = 'Accounts';

export function accountRoutes({
  accounts,
  settings,
  clock,
}: Pick<ServerParts, 'accounts' | 'settings' | 'clock'>): Route[] {
  return [
    route({
      id: 'listAccounts',
      method: 'GET',
      path: '/v1/accounts',
      access: 'admin',
      tag,
      summary: 'List accounts, with their state, quotas and who uses them',
      query: z.strictObject({ service: service.optional() }),
      answers: { 200: z.object({ accounts: z.array(AccountWire) }) },
      async handle({ query, principal }) {
        const found = await accounts.list(principal.tenant, query.service);
        return { accounts: found.map(accountWire) };
      },
    }),
    route({
      id: 'addAccount',
      method: 'POST',
      path: '/v1/accounts',
      access: 'admin',
      tag,
      summary: 'Add an account, or enter its secret anew',
      body: draft.extend({ replace: z.boolean().default(false) }),
      answers: { 201: AccountWire },
      async handle({ body: { replace, ...given }, principal, reply }) {
        const tenant = principal.tenant ?? settings.tenant;
        const account = await accounts.add(tenant, given, replace);
        reply.code(201).header('location', `/v1/accounts/${account.id}`);
        return accountWire(account);
      },
    }),
    route({
      id: 'importAccounts',
      method: 'POST',
      path: '/v1/accounts/import',
      access: 'admin',
      tag,
      summary: `Add up to ${IMPORT_MAX} accounts, each for itself`,
      body: z.strictObject({
        accounts: z.array(draft).max(IMPORT_MAX),
        replace: z.boolean().default(false),
        check: z.boolean().default(false).meta({
          description: 'Add nothing, and tell of which the secret is no good.',
        }),
      }),
      answers: {
        200: z.object({
          added: z.int(),
          replaced: z.int(),
          refused: z
            .array(
              z.object({
                at: z.int(),
                code: z.string(),
                why: z.string(),
                missing: z
                  .array(z.string())
                  .optional()
                  .meta({ description: 'Parts of the secret that are not there.' }),
              }),
            )
            .meta({ description: 'Which of those given cannot be added; `at` counts from 0.' }),
        }),
      },
      async handle({ body, principal }) {
        const tenant = principal.tenant ?? settings.tenant;
        const { accounts: drafts, replace, check } = body;
        const { refused, ...counts } = await accounts.addAll(tenant, drafts, replace, check);
        const told = refused.map(({ missing, ...each }) => ({
          ...each,
          ...(missing && { missing: [...missing] }),
        }));
        return { ...counts, refused: told };
      },
    }),
    route({
      id: 'getAccount',
      method: 'GET',
      path: '/v1/accounts/:id',
      access: 'admin',
      tag,
      summary: 'Show an account',
      params: Params,
      answers: { 200: AccountWire },
      handle: async ({ params, principal }) =>
        accountWire(await accounts.get(params.id, principal.tenant)),
    }),
    route({
      id: 'testAccount',
      method: 'POST',
      path: '/v1/accounts/:id/test',
      access: 'admin',
      tag,
      summary: 'Ask the service whether it lets the account in',
      description: 'One that is not let in is quarantined; one that is comes out of it.',
      params: Params,
      answers: {
        200: z.object({
          ok: z.boolean(),
          detail: z.string(),
          name: z.string().optional().meta({ description: 'What the service calls it.' }),
          account: AccountWire,
        }),
      },
      async handle({ params, principal, signal }) {
        const { account, ...tested } = await accounts.test(params.id, principal.tenant, signal);
        const { ok, detail, name: called } = tested;
        const named = called === undefined ? {} : { name: called };
        return { ok, detail, ...named, account: accountWire(account) };
      },
    }),
    route({
      id: 'restAccount',
      method: 'POST',
      path: '/v1/accounts/:id/rest',
      access: 'admin',
      tag,
      summary: 'Give an account rest for a while',
      params: Params,
      body: z.strictObject({
        forMs: z.number().min(1).max(REST_MS_MAX).optional(),
        why,
      }),
      answers: { 200: AccountWire },
      async handle({ params, body, principal }) {
        const untilMs = clock.wallMs() + (body.forMs ?? settings.accountRestMs);
        const reason = body.why ?? 'Somebody asked for it.';
        return accountWire(await accounts.rest(params.id, principal.tenant, untilMs, reason));
      },
    }),
    route({
      id: 'readyAccount',
      method: 'POST',
      path: '/v1/accounts/:id/ready',
      access: 'admin',
      tag,
      summary: 'Have an account used again, whatever was held against it',
      params: Params,
      answers: { 200: AccountWire },
      handle: async ({ params, principal }) =>
        accountWire(await accounts.ready(params.id, principal.tenant)),
    }),
    route({
      id: 'retireAccount',
      method: 'POST',
      path: '/v1/accounts/:id/retire',
      access: 'admin',
      tag,
      summary: 'Have an account used no more, and keep it',
      params: Params,
      body: z.strictObject({ why }),
      answers: { 200: AccountWire },
      handle: async ({ params, body, principal }) =>
        accountWire(await accounts.retire(params.id, principal.tenant, body.why)),
    }),
    route({
      id: 'removeAccount',
      method: 'DELETE',
      path: '/v1/accounts/:id',
      access: 'admin',
      tag,
      summary: 'Remove an account with its secret',
      params: Params,
      answers: { 204: [] },
      async handle({ params, principal, reply }) {
        await accounts.remove(params.id, principal.tenant);
        return reply.code(204).send();
      },
    }),
  ];
}

function accountWire({ usedBy, ...account }: ShownAccount): z.infer<typeof AccountWire> {
  const leased = account.state === 'ready' && usedBy !== undefined;
  const quotas = { ...account.quotas };
  return { ...account, quotas, ...(leased && { state: 'leased' }), ...(usedBy && { usedBy }) };
}
