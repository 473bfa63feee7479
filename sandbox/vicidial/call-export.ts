/** The reports that come as files: which calls were asked for, and their lines one after another. */

import { type ColumnWishes, columnsOf, lineOf } from './call-columns.ts';
import { type Call, callsOfHour, type Direction, HOUR_MS } from './calls.ts';
import type { Client, World } from './world.ts';

export interface ExportQuery extends ColumnWishes {
  /** Bounds of time by the server's clock as if it were UTC, ms; the second is not in it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** undefined = all of them. */
  readonly campaigns: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly lists: readonly string[] | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly userGroups: readonly string[] | undefined;
  readonly header: boolean;
  readonly descending: boolean;
  /** One row a lead instead of one a call. */
  readonly leads: boolean;
}

const ALL = '---ALL---';
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** As PHP reads it: only names with brackets are lists. */
export function readExportQuery(fields: URLSearchParams, leads: boolean): ExportQuery {
  const text = (name: string, otherwise: string) => fields.get(name) ?? otherwise;
  // What is missing is none for what is called, and all for what it is narrowed by.
  const list = (name: string, missing: readonly string[] | undefined) => {
    const values = fields.getAll(`${name}[]`);
    if (values.length === 0) return missing;
    return values.includes(ALL) ? undefined : values;
  };
  return {
    fromMs: hourOf(text('query_date', ''), text('query_hour', '00')),
    toMs: hourOf(text('end_date', ''), text('end_hour', '23')) + HOUR_MS,
    campaigns: list('campaign', []),
    groups: list('group', []),
    lists: list('list_id', undefined),
    statuses: list('status', undefined),
    userGroups: list('user_group', undefined),
    header: text('header_row', 'NO') === 'YES',
    descending: text('sort_dir', 'asc') === 'desc',
    exportFields: text('export_fields', 'STANDARD'),
    recFields: text('rec_fields', 'NONE'),
    callNotes: text('call_notes', 'NO') === 'YES',
    ivr: text('ivr_export', 'NO') === 'YES',
    custom: text('custom_fields', 'NO') === 'YES',
    leads,
  };
}

function hourOf(day: string, hour: string): number {
  if (!DAY.test(day)) return Number.NaN;
  return Date.parse(`${day}T00:00:00Z`) + Math.min(23, Math.max(0, Number(hour) || 0)) * HOUR_MS;
}

/** Calls in the order of the file: those made, then those taken; so many of each at most. */
export function* exportedCalls(world: World, client: Client, query: ExportQuery): Generator<Call> {
  for (const direction of ['outbound', 'inbound'] as const) {
    const called = direction === 'outbound' ? query.campaigns : query.groups;
    if (called?.length === 0) continue;
    let left = world.config.rowsMax;
    for (const call of callsOf(world, client, direction, query)) {
      if (called !== undefined && !called.includes(call.campaignId)) continue;
      if (left === 0) break;
      left -= 1;
      yield call;
    }
  }
}

function* callsOf(
  world: World,
  client: Client,
  direction: Direction,
  { fromMs, toMs, lists, statuses, userGroups, descending }: ExportQuery,
): Generator<Call> {
  if (!(fromMs < toMs)) return;
  const hours = Math.round((toMs - fromMs) / HOUR_MS);
  for (let i = 0; i < hours; i += 1) {
    const hourMs = fromMs + (descending ? hours - 1 - i : i) * HOUR_MS;
    const calls = callsOfHour(world, client, direction, hourMs);
    for (const call of descending ? [...calls].reverse() : calls) {
      if (lists && !lists.includes(call.list.id)) continue;
      if (statuses && !statuses.includes(call.cells.status ?? '')) continue;
      if (userGroups && !userGroups.includes(call.cells.user_group ?? '')) continue;
      yield call;
    }
  }
}

export interface ExportFile {
  readonly name: string;
  /** Pieces of the file; the header is in the first. */
  readonly pieces: Iterable<Buffer>;
}

const PIECE_BYTES = 32_768;

/** The file; or the sentence where there is nothing to be put into one. */
export function exportOf(
  world: World,
  client: Client,
  query: ExportQuery,
): ExportFile | { readonly sentence: string } {
  const calls = query.leads
    ? oncePerLead(exportedCalls(world, client, query))
    : exportedCalls(world, client, query);
  const first = calls.next();
  if (first.done) return { sentence: emptySentence(query) };
  const columns = columnsOf(query);
  const kind = query.leads ? 'LEAD' : 'CALL';
  const stamp = new Date(world.nowMs).toISOString().replace(/[-:]/g, '').replace('T', '-');
  return {
    name: `EXPORT_${kind}_REPORT_${stamp.slice(0, 15)}.txt`,
    pieces: pieces(query.header ? `${columns.join('\t')}\r\n` : '', first.value, calls, columns),
  };
}

function* oncePerLead(calls: Iterable<Call>): Generator<Call> {
  const seen = new Set<string>();
  for (const call of calls) {
    const lead = call.cells.lead_id ?? '';
    if (seen.has(lead)) continue;
    seen.add(lead);
    yield call;
  }
}

function* pieces(
  header: string,
  first: Call,
  rest: Iterable<Call>,
  columns: readonly string[],
): Generator<Buffer> {
  let lines = [Buffer.from(header), lineOf(first, columns)];
  let bytes = 0;
  for (const call of rest) {
    const line = lineOf(call, columns);
    lines.push(line);
    bytes += line.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(lines);
    lines = [];
    bytes = 0;
  }
  if (lines.length > 0) yield Buffer.concat(lines);
}

function emptySentence({ campaigns, groups }: ExportQuery): string {
  const made = campaigns?.length !== 0;
  const taken = groups?.length !== 0;
  const which = made && taken ? '' : made ? 'outbound ' : taken ? 'inbound ' : '';
  return `There are no ${which}calls during this time period for these parameters\n`;
}
