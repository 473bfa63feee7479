/** `sluice webhooks …`: who is told of the end of jobs. */
import type { Delivery, Webhook } from '../../model/webhook.ts';
import { listOf, withApi, withNewApi, withReadApi } from '../api.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import { printList, shortTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { talk } from '../talk.ts';

type Args = readonly (string | undefined)[];

export async function listWebhooks(invocation: Invocation): Promise<number> {
  const webhooks = await listOf(invocation, async (api) => {
    const request = { method: 'GET', path: '/v1/webhooks' } as const;
    return (await api.ask<{ webhooks: readonly Webhook[] }>(request)).webhooks;
  });
  printList(invocation, webhooks, ['WEBHOOK', 'TENANT', 'EVENTS', 'STATE', 'URL'], (webhook) => [
    webhook.id,
    webhook.tenant,
    webhook.events.join(),
    webhook.active ? (webhook.failing ? 'failing' : 'active') : 'inactive',
    webhook.url,
  ]);
  return EXIT.ok;
}

export function createWebhook(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const events = own.event === undefined ? {} : { events: own.event };
  return withNewApi(invocation, async (api) => {
    const made = await api.ask<Pick<Webhook, 'id' | 'url'> & { readonly secret: string }>({
      method: 'POST',
      path: '/v1/webhooks',
      body: { url: args[0], ...events },
    });
    if (flags.json) io.stdout.write(`${JSON.stringify(made)}\n`);
    else {
      // The secret alone is data: it can be piped into a file or a secret store.
      io.stdout.write(`${made.secret}\n`);
      talk(invocation, `Webhook ${made.id} tells ${made.url}. Its secret is not shown again.`);
    }
    return EXIT.ok;
  });
}

export function setWebhook(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const { url, event: events } = own;
  const active = own.enable === true ? true : own.disable === true ? false : undefined;
  return withApi(invocation, async (api) => {
    const body = { url, events, active };
    const webhook = await api.ask<Webhook>({ method: 'PATCH', path: pathOf(args), body });
    if (flags.json) io.stdout.write(`${JSON.stringify(webhook)}\n`);
    else talk(invocation, `Webhook ${webhook.id} is ${webhook.active ? 'active' : 'inactive'}.`);
    return EXIT.ok;
  });
}

export function removeWebhook(invocation: Invocation, args: Args): Promise<number> {
  return withApi(invocation, async (api) => {
    await api.ask({ method: 'DELETE', path: pathOf(args) });
    talk(invocation, `Removed webhook ${args[0]} with its deliveries.`);
    return EXIT.ok;
  });
}

/** Ends with 3 where the receiver did not take it: what was asked for was done, and failed. */
export function testWebhook(invocation: Invocation, args: Args): Promise<number> {
  const { io, flags } = invocation;
  return withApi(invocation, async (api) => {
    const ping = await api.ask<Delivery>({ method: 'POST', path: `${pathOf(args)}/test` });
    if (flags.json) io.stdout.write(`${JSON.stringify(ping)}\n`);
    else talk(invocation, `Ping ${outcome(ping)}.`);
    return ping.state === 'delivered' ? EXIT.ok : EXIT.failures;
  });
}

export function listDeliveries(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const limit = wholeNumber('--limit', own.limit, 1);
  return withReadApi(invocation, async (api) => {
    const { deliveries } = await api.ask<{ deliveries: readonly Delivery[] }>({
      method: 'GET',
      path: `${pathOf(args)}/deliveries?limit=${limit}`,
    });
    const header = ['CREATED (UTC)', 'EVENT', 'JOB', 'ATTEMPTS', 'OUTCOME'];
    printList(invocation, deliveries, header, (delivery) => [
      shortTime(delivery.createdMs),
      delivery.type,
      delivery.jobId ?? '—',
      String(delivery.attempts),
      outcome(delivery),
    ]);
    return EXIT.ok;
  });
}

function outcome({ state, status, error }: Delivery): string {
  const why = error ?? (status === undefined ? undefined : String(status));
  return why === undefined ? state : `${state}: ${why.replace(/\.$/, '')}`;
}

function pathOf(args: Args): string {
  return `/v1/webhooks/${encodeURIComponent(args[0] ?? '')}`;
}
