/**
 * A list of credentials, parted: logins that go into the accounts, sealed, and the rows without
 * them, which may be the input of a job. The password is in no value that leaves here but `logins`.
 */
import { messageOf, SluiceError } from '../base/errors.ts';
import {
  type ClientCells,
  cellsOf,
  clientName,
  readClient,
  SECRET_COLUMNS,
} from '../collectors/campaigns/client-input.ts';
import { placeOf, type VicidialLogin } from '../collectors/campaigns/vicidial-requests.ts';
import { VICIDIAL } from '../collectors/campaigns/vicidial-service.ts';
import { COMMA_STYLE, csvLine } from '../sinks/csv-cell.ts';
import type { AccountBook } from './account-book.ts';
import type { CredentialSource } from './credential-source.ts';

export interface CampaignLogin {
  /** Of its account. */
  readonly name: string;
  readonly secret: VicidialLogin;
}

export interface CredentialList {
  readonly logins: readonly CampaignLogin[];
  /** The rows as CSV, each with the name of its account. */
  readonly csv: string;
  readonly clients: number;
  readonly campaigns: number;
}

const COLUMNS = [
  'campaign',
  'client',
  'url',
  'account',
  'campaign_ids',
  'in_groups',
  'lists',
  'time_zone',
];
const ROWS_MAX = 100_000;

/**
 * Rejects with `campaigns.credentials_invalid` where a row is no client, cannot be read, or where
 * two rows of one client have different logins; and as its source does.
 */
export async function readCredentials(
  source: CredentialSource,
  signal?: AbortSignal,
): Promise<CredentialList> {
  const logins = new Map<string, VicidialLogin>();
  const campaigns = new Set<string>();
  const lines = [csvLine(COLUMNS, COMMA_STYLE)];
  for await (const row of source.rows(signal)) {
    const wrong = (detail: string) =>
      new SluiceError('campaigns.credentials_invalid', { line: row.line, detail });
    if (row.isDamaged) throw wrong('it cannot be read');
    if (lines.length > ROWS_MAX) throw wrong(`there are more than ${ROWS_MAX} rows`);
    const cells = cellsOf(row);
    const safe = withoutSecrets(cells);
    const client = readClient(safe, '');
    if ('problem' in client) throw wrong(client.problem);
    campaigns.add(client.campaign);
    const login = loginIn(cells);
    if (typeof login === 'string') throw wrong(login);
    const account =
      login === undefined ? client.account : clientName(client.campaign, client.client);
    if (login !== undefined) {
      const before = logins.get(account);
      if (before !== undefined && !isSame(before, login)) {
        throw wrong(`${account} was there before, with another login`);
      }
      logins.set(account, login);
    }
    const line = { ...safe, account };
    lines.push(
      csvLine(
        COLUMNS.map((column) => line[column as keyof typeof line] ?? ''),
        COMMA_STYLE,
      ),
    );
  }
  return {
    logins: [...logins].map(([account, secret]) => ({ name: account, secret })),
    csv: lines.join(''),
    clients: lines.length - 1,
    campaigns: campaigns.size,
  };
}

/** undefined = the row names an account instead; a text = what is wrong with it. */
function loginIn(cells: ClientCells): VicidialLogin | string | undefined {
  const password = SECRET_COLUMNS.map((column) => cells[column]).find((text) => text);
  const user = (cells.user ?? cells.username ?? '').trim();
  if (password === undefined) {
    return user === '' || cells.account ? undefined : 'it has a user and no password';
  }
  const url = placeOf(cells.url ?? '');
  if (url === undefined) return 'it has a password and no url that it is for';
  if (user === '') return 'it has a password and no user';
  return { url, user, password };
}

function withoutSecrets(cells: ClientCells): ClientCells {
  const kept = Object.entries(cells).filter(([column]) => COLUMNS.includes(column));
  const { timezone, list_ids: listIds } = cells;
  const more = {
    ...(timezone !== undefined && { time_zone: timezone }),
    ...(listIds !== undefined && { lists: listIds }),
  };
  return { ...more, ...Object.fromEntries(kept) };
}

export interface StoredLogins {
  readonly added: number;
  readonly changed: number;
}

/**
 * Keeps logins as accounts of a tenant. One that is there with the same login stays as it is, set
 * aside or not: nothing is known of it that was not known before.
 */
export async function storeLogins(
  book: AccountBook,
  tenant: string,
  logins: readonly CampaignLogin[],
): Promise<StoredLogins> {
  await book.ready();
  await book.reload(tenant);
  const known = new Map(book.list(tenant, VICIDIAL).map((account) => [account.name, account.id]));
  let [added, changed] = [0, 0];
  for (const { name, secret } of logins) {
    const id = known.get(name);
    if (id !== undefined && isSame(secretIn(book, id), secret)) continue;
    await book.add({ tenant, service: VICIDIAL, name }, secret, true);
    if (id === undefined) added += 1;
    else changed += 1;
  }
  return { added, changed };
}

/** undefined where it cannot be opened: it was sealed under another key. */
function secretIn(book: AccountBook, id: string): Partial<VicidialLogin> | undefined {
  try {
    return book.secretOf(id) as VicidialLogin;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw new SluiceError('internal.bug', { detail: messageOf(error) });
  }
}

function isSame(a: Partial<VicidialLogin> | undefined, b: VicidialLogin): boolean {
  return a?.url === b.url && a.user === b.user && a.password === b.password;
}
