/** Addresses and headers of what is asked of a VICIdial server. */
import { HOUR_MS, type HourSpan } from './hours.ts';

export interface VicidialLogin {
  /** Where `non_agent_api.php` is. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export type Direction = 'outbound' | 'inbound';

export interface ExportWish {
  readonly span: HourSpan;
  readonly direction: Direction;
  /** Campaigns or in-groups of the dialler; empty = all. */
  readonly called: readonly string[];
  readonly lists: readonly string[];
  readonly fields: string;
  readonly recordings: boolean;
  readonly custom: boolean;
}

const ALL = '---ALL---';

/** Where its pages are, without a slash at the end; undefined = the text is no such place. */
export function placeOf(text: string): string | undefined {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text.trim()) ? text.trim() : `https://${text.trim()}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    return undefined;
  }
  const path = url.pathname.replace(/\/(?:[\w-]+\.php)?$/, '').replace(/\/+$/, '');
  // The name of the machine alone means the usual place on it.
  return url.origin + (path === '' ? '/vicidial' : path);
}

export function authorization({ user, password }: VicidialLogin): string {
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}

export function versionUrl(place: string): URL {
  return new URL(`${place}/non_agent_api.php?function=version`);
}

/** The page with the form: whether a login is let in can be seen by it. */
export function formUrl(place: string): URL {
  return new URL(`${place}/call_report_export.php`);
}

export function exportUrl(place: string, wish: ExportWish): URL {
  const { span, direction, called, lists, fields, recordings, custom } = wish;
  const url = formUrl(place);
  const set = (name: string, value: string) => url.searchParams.append(name, value);
  const last = span.to - 1;
  set('run_export', '1');
  set('date_field', 'call_date');
  set('query_date', dayOf(span.from));
  set('query_hour', clockHourOf(span.from));
  set('end_date', dayOf(last));
  set('end_hour', clockHourOf(last));
  const name = direction === 'outbound' ? 'campaign[]' : 'group[]';
  for (const id of called.length > 0 ? called : [ALL]) set(name, id);
  for (const list of lists.length > 0 ? lists : [ALL]) set('list_id[]', list);
  set('user_group[]', ALL);
  set('status[]', ALL);
  set('header_row', 'YES');
  set('rec_fields', recordings ? 'ALL' : 'NONE');
  set('custom_fields', custom ? 'YES' : 'NO');
  set('call_notes', 'NO');
  set('ivr_export', 'NO');
  set('export_fields', fields);
  set('sort_dir', 'asc');
  return url;
}

function dayOf(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString().slice(0, 10);
}

function clockHourOf(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString().slice(11, 13);
}
