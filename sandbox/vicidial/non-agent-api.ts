/** The functions of non_agent_api.php: always 200, always text, errors by their first word. */
import { type Call, callsOfHour, HOUR_MS, localTime } from './calls.ts';
import type { Login } from './logins.ts';
import type { Client, Server, World } from './world.ts';

type Fields = URLSearchParams;
type Table = readonly (readonly (string | number)[])[];

const DATA_FUNCTIONS = [
  'campaigns_list',
  'list_info',
  'agent_stats_export',
  'call_status_stats',
  'call_dispo_report',
];
const LEVELS: Readonly<Record<string, number>> = {
  campaigns_list: 8,
  list_info: 8,
  agent_stats_export: 7,
  call_status_stats: 8,
  call_dispo_report: 9,
};
const HUMAN = ['SALE', 'NI', 'CALLBK', 'DNC'];

export function answerApi(
  world: World,
  server: Server,
  fields: Fields,
  login: () => Login,
): { readonly status: number; readonly text: string } {
  const name = fields.get('function') ?? '';
  if (name === 'coffee')
    return { status: 418, text: 'Coffee is not available, this is a teapot\n' };
  if (name === 'version') return ok(versionLine(world, server));
  const who = login();
  if (who.kind === 'out') return ok(`ERROR: ${who.text}\n`);
  const source = fields.get('source') ?? '';
  if (source.length < 2) {
    return ok(`ERROR: Invalid Source - ${source}\nERROR: Invalid Source: |${source}|\n`);
  }
  if (!DATA_FUNCTIONS.includes(name)) return ok('ERROR: NO FUNCTION SPECIFIED\n');
  const { client } = who;
  const { rights, user } = client;
  if (!rights.apiAccess) {
    return ok(
      `ERROR: auth USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION: |${user}|${name}|\n`,
    );
  }
  if (rights.level < (LEVELS[name] as number) || !rights.viewReports) {
    return ok(
      `ERROR: ${name} USER DOES NOT HAVE PERMISSION TO GET ${WHAT[name]} INFO: |${user}|0|\n`,
    );
  }
  return ok(DATA[name]?.(world, client, fields) ?? '');
}

const WHAT: Readonly<Record<string, string>> = {
  campaigns_list: 'CAMPAIGN',
  list_info: 'LIST',
  agent_stats_export: 'AGENT',
  call_status_stats: 'CALL STATUS',
  call_dispo_report: 'CALL DISPO',
};

const DATA: Readonly<Record<string, (world: World, client: Client, fields: Fields) => string>> = {
  campaigns_list: (_world, client, fields) => {
    const only = (fields.get('campaign_id') ?? '').replace(/[^-_0-9a-zA-Z]/g, '');
    const rows = client.campaignIds
      .filter((id) => only === '' || id === only)
      .map((id, i) => [
        ...[id, `${client.campaign} ${id}`, i === 2 ? 'N' : 'Y', `GROUP${client.index + 1}`],
        ...['RATIO', '1.5', 'DOWN', ' B N NA -', '26', '9', '', ''],
      ]);
    if (rows.length === 0) {
      return `ERROR: campaigns_list THIS USER HAS NO VIEWABLE CAMPAIGNS: ${client.user}|\n`;
    }
    const header = `campaign_id campaign_name active user_group dial_method dial_level lead_order
      dial_statuses dial_timeout dial_prefix manual_dial_prefix three_way_dial_prefix`;
    return tableText(header.split(/\s+/), rows, fields);
  },
  list_info: (world, client, fields) => {
    if (!client.rights.modifyLists) {
      return `ERROR: list_info USER DOES NOT HAVE PERMISSION TO GET LIST INFO: |${client.user}|0|\n`;
    }
    const id = fields.get('list_id') ?? '';
    if (id === '') return `ERROR: list_info YOU MUST USE ALL REQUIRED FIELDS: |${client.user}||\n`;
    const list = client.lists.find((each) => each.id === id);
    if (!list) {
      const there = world.clients.some((other) => other.lists.some((each) => each.id === id));
      return `ERROR: list_info ${there ? 'NOT AN ALLOWED LIST ID' : 'LIST DOES NOT EXIST'}: |${client.user}|${id}|\n`;
    }
    const now = localTime(world.nowMs + client.server.zoneHours * HOUR_MS);
    const header = `list_id list_name campaign_id active list_changedate list_lastcalldate
      expiration_date resets_today`;
    const row = [list.id, list.name, list.campaignId, 'Y', now, now, '2099-12-31', 0];
    return tableText(header.split(/\s+/), [row], fields);
  },
  agent_stats_export: (world, client, fields) => {
    const from = timeIn(fields.get('datetime_start'));
    const to = timeIn(fields.get('datetime_end'));
    if (!(from < to)) {
      return `ERROR: agent_stats_export INVALID SEARCH PARAMETERS: |${client.user}|\n`;
    }
    const agents = new Map<string, { name: string; calls: number; talk: number }>();
    for (const { cells } of callsBetween(world, client, from, to)) {
      const user = cells.user ?? '';
      if (user === 'VDAD') continue;
      const agent = agents.get(user) ?? { name: cells.full_name ?? '', calls: 0, talk: 0 };
      agent.calls += 1;
      agent.talk += Number(cells.length_in_sec);
      agents.set(user, agent);
    }
    if (agents.size === 0) {
      return `ERROR: agent_stats_export NO RECORDS FOUND - ${client.user}|${fields.get('datetime_start')}|\n`;
    }
    const rows = [...agents].map(([user, { name, calls, talk }]) => {
      const average = Math.round(talk / calls);
      const times = [0, 0, 0, 1, talk, 0, 0, 0, 0, talk, 0, 0];
      return [user, name, `GROUP${client.index + 1}`, calls, talk, talk, average, 0, ...times];
    });
    const header = `user full_name user_group calls login_time total_talk_time avg_talk_time
      avg_wait_time pct_of_queue pause_time sessions avg_session pauses avg_pause_time pause_pct
      pauses_per_session wait_time talk_time dispo_time dead_time`;
    return tableText(header.split(/\s+/), rows, fields);
  },
  call_status_stats: (world, client, fields) => {
    const asked = (fields.get('campaigns') ?? '').split('-').filter((id) => id !== '');
    const all = (fields.get('campaigns') ?? '').includes('---ALL---');
    const from = timeIn(fields.get('query_date')?.slice(0, 10));
    if (Number.isNaN(from) || asked.length === 0) {
      return `ERROR: call_status_stats INVALID SEARCH PARAMETERS: |${client.user}|\n`;
    }
    const calls = [...callsBetween(world, client, from, from + 24 * HOUR_MS)];
    const lines = client.campaignIds
      .filter((id) => all || asked.includes(id))
      .map((id) =>
        statusLine(
          id,
          calls.filter(({ campaignId }) => campaignId === id),
        ),
      );
    return `${lines.join('\n')}\n`;
  },
  call_dispo_report: (world, client, fields) => {
    const from = timeIn(fields.get('query_date')?.slice(0, 10));
    const to = timeIn((fields.get('end_date') ?? fields.get('query_date'))?.slice(0, 10));
    if (Number.isNaN(from) || Number.isNaN(to)) {
      return `ERROR: call_dispo_report INVALID SEARCH PARAMETERS: |${client.user}|\n`;
    }
    const counts = new Map<string, number>();
    for (const { campaignId } of callsBetween(world, client, from, to + 24 * HOUR_MS)) {
      counts.set(campaignId, (counts.get(campaignId) ?? 0) + 1);
    }
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const lines = [...counts].map(([id, count]) => `${id},${count}`);
    return ['CAMPAIGN,TOTAL CALLS', ...lines, `TOTAL,${total}`, ''].join('\n');
  },
};

function ok(text: string): { readonly status: number; readonly text: string } {
  return { status: 200, text };
}

function versionLine({ nowMs }: World, { zoneHours }: Server): string {
  const date = localTime(nowMs + zoneHours * HOUR_MS);
  const epoch = Math.floor(nowMs / 1_000);
  return `VERSION: 2.14-202|BUILD: 250720-1841|DATE: ${date}|EPOCH: ${epoch}|DST: 0|TZ: ${zoneHours}|TZNOW: ${zoneHours}|\n`;
}

/** Neither quoted nor escaped, whatever the cells hold. */
function tableText(header: readonly string[], rows: Table, fields: Fields): string {
  const stage = fields.get('stage') ?? 'pipe';
  const between = stage === 'csv' ? ',' : stage === 'tab' ? '\t' : '|';
  const lines = fields.get('header') === 'YES' ? [header, ...rows] : rows;
  return lines.map((row) => `${row.join(between)}\n`).join('');
}

function statusLine(id: string, calls: readonly Call[]): string {
  const byHour = Array.from(
    { length: 24 },
    (_, hour) => calls.filter(({ localMs }) => new Date(localMs).getUTCHours() === hour).length,
  );
  const statuses = new Map<string, number>();
  for (const { cells } of calls) {
    statuses.set(cells.status ?? '', (statuses.get(cells.status ?? '') ?? 0) + 1);
  }
  const human = calls.filter(({ cells }) => HUMAN.includes(cells.status ?? '')).length;
  const hours = byHour.map((count, hour) => `${String(hour).padStart(2, '0')}-${count}`).join(',');
  const shares = [...statuses].map(([status, count]) => `${status}-${count}`).join(',');
  return `${id}|${calls.length}|${human}|${hours}|${shares}|`;
}

function* callsBetween(world: World, client: Client, from: number, to: number): Generator<Call> {
  for (let hour = Math.floor(from / HOUR_MS) * HOUR_MS; hour < to; hour += HOUR_MS) {
    for (const call of callsOfHour(world, client, 'outbound', hour)) {
      if (call.localMs >= from && call.localMs < to) yield call;
    }
  }
}

/** `2026-11-20 12:00:00` or a day, as if it were UTC; a plus stands for a space. */
function timeIn(text: string | null | undefined): number {
  const found = /^(\d{4}-\d{2}-\d{2})(?:[ +](\d{2}:\d{2}:\d{2}))?$/.exec(text ?? '');
  return found ? Date.parse(`${found[1]}T${found[2] ?? '00:00:00'}Z`) : Number.NaN;
}
