/** Rows as clients: what a list may say of one, and the tasks that come of it. */
import { z } from 'zod';
import type { Failure } from '../../model/failure.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { TaskSeed } from '../../model/task.ts';
import type { PlanContext, Source, SourceRow } from '../collector.ts';
import { daysOf, type HourSpan, hourText } from './hours.ts';
import { placeOf } from './vicidial-requests.ts';
import { readZone, type Zone } from './zone.ts';

/** A client, and the hours of it that a task brings; plain JSON, and without its password. */
export interface ClientInput {
  readonly campaign: string;
  readonly client: string;
  readonly tenant: string;
  /** Name of the account that lets it in. */
  readonly account: string;
  /** The server that the row names, to be that of the account; '' = it names none. */
  readonly url: string;
  /** Campaigns of the dialler; empty = all that the login sees. */
  readonly campaignIds: readonly string[];
  /** In-groups; empty = all, undefined = calls that come in are left out. */
  readonly inGroups?: readonly string[];
  readonly lists: readonly string[];
  /** undefined = as the server says. */
  readonly zone?: Zone;
  /** By the server's clock; undefined = what is new since the last time. */
  readonly span?: HourSpan;
  /** What the tenant keeps of it, it keeps under this name. */
  readonly key: string;
}

/** Checked where it is made: what waits in the store is taken as it is. */
export const clientInput = z.custom<ClientInput>((value) => typeof value === 'object');

/** Columns that would hold a secret; the importing command takes them out. */
export const SECRET_COLUMNS = ['password', 'pass', 'passwd', 'secret'] as const;

const NAME_CHARS_MAX = 80;
const NONE = ['none', 'no', '-'];

/** How many attempts may be in a campaign's process, or wait for it. */
export const campaignLane = ({ tenant, campaign }: ClientInput): LaneKey =>
  `campaign:${tenant}/${campaign}`;
export const isCampaignLane = (lane: LaneKey): boolean => lane.startsWith('campaign:');

export const serverLane = (place: string): LaneKey =>
  `vicidial:${place.replace(/^https?:\/\//, '')}`;
export const isServerLane = (lane: LaneKey): boolean => lane.startsWith('vicidial:');

/** The same for the same client, on every machine: accounts and what is kept are called so. */
export function clientName(campaign: string, client: string): string {
  return `${campaign}/${client}`;
}

export interface PlanWishes {
  readonly span: HourSpan | undefined;
  /** A span whose end is not known is one task. */
  readonly byDay: boolean;
  readonly inbound: boolean;
}

/** One task a client; of a span that is named, one a client and day. */
export async function* planClients(
  source: Source,
  { span, byDay, inbound }: PlanWishes,
  { tenant }: Pick<PlanContext, 'tenant'>,
): AsyncGenerator<TaskSeed<ClientInput>> {
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const read = readClient(cellsOf(row), tenant);
    if ('problem' in read) {
      yield { reject: refusal(row.line, read.problem) };
      continue;
    }
    const { inGroups: _, ...outbound } = read;
    const client = inbound ? read : outbound;
    if (span === undefined) yield { input: client, key: client.key };
    const spans = span === undefined ? [] : byDay ? daysOf(span) : [span];
    for (const day of spans) {
      const key = `${client.key}/${hourText(day.from)}/${hourText(day.to)}`;
      yield { input: { ...client, span: day, key }, key };
    }
  }
}

export type ClientCells = Readonly<Record<string, string>>;

/** A row's cells by column, where `Campaign IDs` and `campaign_ids` are one. */
export function cellsOf({ fields }: Pick<SourceRow, 'fields'>): ClientCells {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [tidy(name), textOf(value)]),
  );
}

export function tidy(name: string): string {
  const snake = name.trim().replace(/([a-z])([A-Z])/g, '$1_$2');
  return snake.toLowerCase().replace(/[\s-]+/g, '_');
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return value === null || value === undefined ? '' : String(value);
}

/** A client, or the end of a sentence that says why it is none. */
export function readClient(
  cells: ClientCells,
  tenant: string,
): ClientInput | { readonly problem: string } {
  const secret = SECRET_COLUMNS.find((column) => cells[column]);
  if (secret) return { problem: `it holds a ${secret}, which belongs into an account` };
  const campaign = (cells.campaign ?? '').trim();
  const client = (cells.client ?? '').trim();
  for (const [column, name] of Object.entries({ campaign, client })) {
    const problem = nameProblem(column, name);
    if (problem) return { problem };
  }
  const url = (cells.url ?? '').trim();
  const place = url === '' ? '' : placeOf(url);
  if (place === undefined)
    return { problem: 'its url is no address such as https://host/vicidial' };
  const zoneText = (cells.time_zone ?? cells.timezone ?? '').trim();
  const zone = zoneText === '' ? undefined : readZone(zoneText);
  if (zoneText !== '' && zone === undefined) {
    return { problem: `the time zone ${zoneText} is none such as America/New_York or -5` };
  }
  const groups = (cells.in_groups ?? '').trim();
  return {
    campaign,
    client,
    tenant,
    account: (cells.account ?? '').trim() || clientName(campaign, client),
    url: place,
    campaignIds: idsIn(cells.campaign_ids ?? ''),
    ...(NONE.includes(groups.toLowerCase()) ? {} : { inGroups: idsIn(groups) }),
    lists: idsIn(cells.lists ?? cells.list_ids ?? ''),
    ...(zone === undefined ? {} : { zone }),
    key: clientName(campaign, client),
  };
}

function nameProblem(column: string, name: string): string | undefined {
  if (name === '') return `it names no ${column}`;
  if (name.length > NAME_CHARS_MAX) {
    return `its ${column} is longer than ${NAME_CHARS_MAX} characters`;
  }
  if (/[/\p{Cc}]/u.test(name)) return `its ${column} holds a slash or a control character`;
  return undefined;
}

/** Parted by spaces, commas, semicolons or bars; `---ALL---` is all. */
function idsIn(text: string): readonly string[] {
  const ids = text.split(/[\s,;|]+/).filter((id) => id !== '');
  return ids.some((id) => /^-*all-*$/i.test(id)) ? [] : ids;
}

function refusal(line: number, problem: string): Failure {
  return {
    class: 'invalid',
    code: 'campaigns.client_invalid',
    message: `Line ${line} is no client: ${problem}.`,
    hint: 'A row has campaign, client and account, or is made of credentials by `sluice campaigns import` or POST /v1/accounts/import.',
  };
}
