/** `sluice accounts …`: what work at services with limits is done with. */
import { readFile } from 'node:fs/promises';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { ImportResult, ShownAccount } from '../../engine/accounts.ts';
import type { Quota } from '../../model/account.ts';
import { type AccountLine, accountLines, missingWords } from '../account-lines.ts';
import { type Api, listOf, withApi, withNewApi } from '../api.ts';
import { EXIT } from '../exit.ts';
import { duration } from '../option-values.ts';
import { printList } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { talk } from '../talk.ts';

type Args = readonly (string | undefined)[];
type Shown = Omit<ShownAccount, 'state'> & { readonly state: ShownAccount['state'] | 'leased' };

const PATH = '/v1/accounts';
/** Accounts a request: secrets may be long. */
const BATCH = 100;

export async function listAccounts(invocation: Invocation, args: Args): Promise<number> {
  const [service] = args;
  const accounts = await listOf(invocation, (api) => list(api, service));
  const header = ['', 'SERVICE', 'NAME', 'STATE', 'LEFT', 'CALLS', 'IN USE BY', 'ID', 'REASON'];
  printList(invocation, accounts, header, (account) => [
    ...(account.usedBy?.stuck ? ['!'] : ['']),
    account.service,
    account.name,
    standing(account),
    Object.entries(account.quotas).map(left).join(', ') || '—',
    String(account.calls),
    usedBy(account),
    account.id,
    // Whole, and last: a terminal breaks it where its line ends.
    reasonOf(account),
  ]);
  const stuck = accounts.filter((account) => account.usedBy?.stuck).length;
  if (stuck > 0 && !invocation.flags.json) {
    invocation.io.stderr.write(
      `${stuck} marked ! ${stuck === 1 ? 'was' : 'were'} not heard of for long, and may be stuck.\n`,
    );
  }
  return EXIT.ok;
}

export async function addAccount(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const [service, name] = args;
  const secret = await secretOf(invocation, own);
  return withNewApi(invocation, async (api) => {
    const body = { service, name, secret, replace: own.replace === true };
    const account = await api.ask<Shown>({ method: 'POST', path: PATH, body });
    tell(invocation, account, `Account ${account.name} of ${account.service} is ready.`);
    return EXIT.ok;
  });
}

/** Ends with 3 where some could not be added. */
export async function importAccounts(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const file = args[0] ?? '-';
  const bytes = file === '-' ? await readAll(io.stdin) : await read(file);
  const accounts = accountLines(bytes, own.service as string | undefined);
  return withNewApi(invocation, async (api) => {
    // A file that lacks columns is no good as a whole: nothing of it is added.
    const { refused: wrong } = await sendAll(api, accounts, { check: true });
    const detail = missingWords(accounts, wrong);
    if (detail !== undefined) throw new SluiceError('account.import_invalid', { detail });
    const { refused, ...sum } = await sendAll(api, accounts, { replace: own.replace === true });
    if (flags.json) io.stdout.write(`${JSON.stringify({ ...sum, refused })}\n`);
    else {
      for (const { at, why } of refused) io.stderr.write(`${accounts[at]?.name}: ${why}\n`);
      talk(invocation, `${sum.added} added, ${sum.replaced} replaced, ${refused.length} refused.`);
    }
    return refused.length === 0 ? EXIT.ok : EXIT.failures;
  });
}

async function sendAll(
  api: Api,
  accounts: readonly AccountLine[],
  how: Readonly<Record<string, boolean>>,
): Promise<ImportResult> {
  const sum = { added: 0, replaced: 0 };
  const refused: ImportResult['refused'][number][] = [];
  const drafts = accounts.map(({ line: _, ...draft }) => draft);
  for (let from = 0; from < drafts.length; from += BATCH) {
    const body = { accounts: drafts.slice(from, from + BATCH), ...how };
    const path = `${PATH}/import`;
    const done = await api.ask<ImportResult>({ method: 'POST', path, body });
    sum.added += done.added;
    sum.replaced += done.replaced;
    refused.push(...done.refused.map((each) => ({ ...each, at: each.at + from })));
  }
  return { ...sum, refused };
}

/** Ends with 3 where the service does not let it in: what was asked for was done, and failed. */
export function testAccount(invocation: Invocation, args: Args): Promise<number> {
  return onOne(invocation, args, async (api, path) => {
    const tested = await api.ask<{ readonly ok: boolean; readonly detail: string }>({
      method: 'POST',
      path: `${path}/test`,
    });
    tell(invocation, tested, `${tested.ok ? 'Let in' : 'Not let in'}: ${tested.detail}`);
    return tested.ok ? EXIT.ok : EXIT.failures;
  });
}

export function restAccount(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const forMs = own.for === undefined ? undefined : duration('--for', own.for, '15m');
  return change(invocation, args, 'rest', { forMs, why: own.why });
}

export function readyAccount(invocation: Invocation, args: Args): Promise<number> {
  return change(invocation, args, 'ready', undefined);
}

export function retireAccount(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  return change(invocation, args, 'retire', { why: own.why });
}

export function removeAccount(invocation: Invocation, args: Args): Promise<number> {
  return onOne(invocation, args, async (api, path) => {
    await api.ask({ method: 'DELETE', path });
    talk(invocation, `Removed account ${args[0]} with its secret.`);
    return EXIT.ok;
  });
}

function change(invocation: Invocation, args: Args, what: string, body: unknown): Promise<number> {
  return onOne(invocation, args, async (api, path) => {
    const to = { method: 'POST', path: `${path}/${what}` } as const;
    const account = await api.ask<Shown>(body === undefined ? to : { ...to, body });
    const sentence = `Account ${account.name} of ${account.service}: ${state(account)}`;
    tell(invocation, account, sentence.endsWith('.') ? sentence : `${sentence}.`);
    return EXIT.ok;
  });
}

/** With the path of an account that was named by its id, or by its name alone. */
function onOne(
  invocation: Invocation,
  args: Args,
  use: (api: Api, path: string) => Promise<number>,
): Promise<number> {
  const wanted = args[0] ?? '';
  return withApi(invocation, async (api) => {
    const accounts = await list(api, undefined);
    const found = accounts.filter(({ id, name }) => id === wanted || name === wanted);
    if (found.length > 1) {
      const ids = found.map(({ id, service }) => `${id} (${service})`).join(', ');
      throw new SluiceError('usage.invalid', { detail: `${wanted} names several: ${ids}` });
    }
    return use(api, `${PATH}/${encodeURIComponent(found[0]?.id ?? wanted)}`);
  });
}

async function list(api: Api, service: string | undefined): Promise<readonly Shown[]> {
  const query = service === undefined ? '' : `?service=${encodeURIComponent(service)}`;
  const path = `${PATH}${query}`;
  return (await api.ask<{ accounts: readonly Shown[] }>({ method: 'GET', path })).accounts;
}

function tell(invocation: Invocation, answer: unknown, sentence: string): void {
  const { io, flags } = invocation;
  if (flags.json) io.stdout.write(`${JSON.stringify(answer)}\n`);
  else talk(invocation, sentence);
}

/** `resting until 12:15:03 UTC: 429` */
function state(account: Shown): string {
  const reason = reasonOf(account);
  return `${standing(account)}${reason === '' ? '' : `: ${reason}`}`;
}

function standing({ state: word, restUntilMs }: Shown): string {
  return `${word}${restUntilMs === undefined ? '' : ` until ${utc(restUntilMs)}`}`;
}

/** What a service answered may hold line breaks. */
function reasonOf({ reason = '' }: Shown): string {
  return reason.replace(/\s+/g, ' ').trim();
}

/** `followers 12 of 15`, `followers none until 12:15:03 UTC` */
function left([endpoint, { limit, remaining, resetMs }]: [string, Quota]): string {
  if (remaining <= 0) return `${endpoint} none until ${utc(resetMs)}`;
  return `${endpoint} ${remaining}${limit === undefined ? '' : ` of ${limit}`}`;
}

function usedBy({ usedBy: by }: Shown): string {
  return by === undefined ? '—' : `${by.jobId} row ${by.seq} since ${utc(by.sinceMs)}`;
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

async function secretOf(invocation: Invocation, own: OwnFlags): Promise<string> {
  const { io } = invocation;
  const { secret, secretFile } = own;
  if (typeof secret === 'string') {
    talk(invocation, 'Warning: --secret is seen in the list of processes; stdin or a file is not.');
    return secret;
  }
  if (typeof secretFile === 'string') return trimmed(await read(secretFile));
  if (io.stdin.isTTY) io.stderr.write('The secret, then Ctrl-D: ');
  return trimmed(await readAll(io.stdin));
}

function trimmed(bytes: Buffer): string {
  const text = bytes.toString('utf8').trim();
  if (text !== '') return text;
  throw new SluiceError('usage.invalid', { detail: 'There is no secret: it is read from stdin' });
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const detail = `${path} cannot be read: ${messageOf(error)}`;
    throw new SluiceError('usage.invalid', { detail });
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
