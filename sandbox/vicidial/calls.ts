/**
 * The calls of a client, hour by hour. What a call holds is drawn from the seed, the client, the
 * hour and its number, so any hour can be made again at any time; only how much of it is known
 * (a call that is not over, one whose agent has not said how it ended) depends on the world's time.
 */
import { pick, type Random, randomInt } from '../../src/base/random.ts';
import { randomOf } from '../sites/seed.ts';
import type { Client, DialList, World } from './world.ts';

export type Direction = 'outbound' | 'inbound';

export interface Call {
  readonly direction: Direction;
  /** Time of the server's clock as if it were UTC, ms. */
  readonly localMs: number;
  readonly list: DialList;
  /** Campaign, or in-group of an inbound call. */
  readonly campaignId: string;
  /** By column of the export, as they are in the database. */
  readonly cells: Readonly<Record<string, string>>;
  readonly custom: readonly string[];
  /** The bytes of this row are those of latin1. */
  readonly latin1: boolean;
}

export const HOUR_MS = 3_600_000;

const FIRST = ['José', 'Anna', 'Zoë', 'Björn', 'Mary', 'Omar', 'Chloé', 'Ivan', 'Ana', 'Lúcia'];
const LAST = ['Müller', 'Smith', 'Peña', 'Novak', "O'Brien", 'Gonçalves', 'Lee', 'Ångström'];
const CITIES = ['Springfield', 'Köln', 'León', 'Porto', 'Leeds', 'Graz', 'Málaga'];
const COMMENTS = [
  '',
  '',
  '',
  'call back\nafter six',
  'wants\ta quote, "soon"',
  'n/a',
  'prefers e-mail; naïve about prices\r\nsecond line',
];
/** Status, its name, and who ended the call. */
const ENDS = [
  ['SALE', 'Sale Made', 'AGENT'],
  ['NI', 'Not Interested', 'CALLER'],
  ['A', 'Answering Machine', 'AGENT'],
  ['B', 'Busy', 'NONE'],
  ['NA', 'No Answer AutoDial', 'NONE'],
  ['CALLBK', 'Call Back', 'AGENT'],
  ['DNC', 'DO NOT CALL', 'CALLER'],
  ['DROP', 'Agent Not Available', 'ABANDON'],
] as const;
const HUMAN = new Set(['SALE', 'NI', 'CALLBK', 'DNC']);
const LATER_SHARE = 0.12;
const LATIN1_SHARE = 0.3;
/** A call whose end is entered late is known at most so long after it began, ms. */
const LATER_MS_MAX = 100 * 60_000;

/** The calls of an hour of the server's clock in their order, as far as they are known by now. */
export function* callsOfHour(
  world: World,
  client: Client,
  direction: Direction,
  localHourMs: number,
): Generator<Call> {
  const zoneMs = client.server.zoneHours * HOUR_MS;
  const nowLocalMs = world.nowMs + zoneMs;
  const sinceLocalMs = Math.floor((world.sinceMs + zoneMs) / HOUR_MS) * HOUR_MS;
  if (localHourMs < sinceLocalMs || localHourMs > nowLocalMs) return;
  const count = countOf(world, client, direction, localHourMs);
  for (let i = 0; i < count; i += 1) {
    const localMs = localHourMs + Math.floor((i * 3_600) / count) * 1_000;
    if (localMs > nowLocalMs) return;
    yield callOf(world, client, direction, localMs, i, nowLocalMs);
  }
}

function countOf(world: World, client: Client, direction: Direction, hourMs: number): number {
  const { seed, calls, bigRows, epochMs } = world.config;
  const random = randomOf(seed, 'hour', client.index, direction, hourMs / HOUR_MS);
  const hour = new Date(hourMs).getUTCHours();
  const office = hour >= 8 && hour < 20 ? 1 : hour >= 6 && hour < 22 ? 0.2 : 0;
  const side = direction === 'outbound' ? 1 : client.inGroups.length > 0 ? 0.25 : 0;
  const usual = Math.round(calls * client.size * office * side * (0.5 + random.next()));
  if (bigRows === 0 || client.index !== 0 || direction === 'inbound') return usual;
  const epochHourMs = Math.floor((epochMs + client.server.zoneHours * HOUR_MS) / HOUR_MS) * HOUR_MS;
  return hourMs === epochHourMs - HOUR_MS ? usual + bigRows : usual;
}

function callOf(
  world: World,
  client: Client,
  direction: Direction,
  localMs: number,
  place: number,
  nowLocalMs: number,
): Call {
  const random = randomOf(world.config.seed, 'call', client.index, direction, localMs, place);
  const list = pick(random, client.lists);
  const inbound = direction === 'inbound';
  const campaignId = inbound ? pick(random, client.inGroups) : list.campaignId;
  const phone = `${randomInt(random, 200, 989)}555${String(randomInt(random, 0, 9_999)).padStart(4, '0')}`;
  const end = pick(random, ENDS);
  const later = random.next() < LATER_SHARE;
  const knownMs = localMs + 5_000 + Math.floor(random.next() * LATER_MS_MAX);
  const known = !later || knownMs <= nowLocalMs;
  const latin1 = random.next() < LATIN1_SHARE;
  const leadId = String(10_000 + randomInt(random, 0, 1_999_999) * 10 + (client.index % 10));
  return {
    direction,
    localMs,
    list,
    campaignId,
    latin1,
    cells: {
      ...person(random, phone),
      ...course(random, { end, known, inbound, localMs }),
      call_date: localTime(localMs),
      campaign_id: campaignId,
      list_id: list.id,
      list_name: list.name,
      list_description: `calls of ${client.campaign}`,
      lead_id: leadId,
      user_group: `GROUP${client.index + 1}`,
      vendor_lead_code: `V${leadId}`,
      source_id: '',
      // Of a dialler's clock, with a number that no other call of the server has.
      uniqueid: `${Math.floor(localMs / 1_000)}.${client.index * 10_000_000 + place * 2 + (inbound ? 1 : 0)}`,
      entry_date: localTime(localMs - 86_400_000 * randomInt(random, 1, 60)),
      modify_date: localTime(known ? Math.max(localMs, later ? knownMs : localMs) : localMs),
      last_local_call_time: localTime(localMs),
    },
    custom: Array.from({ length: list.customFields }, (_, i) =>
      i === 0 ? pick(random, ['gold', 'silver\nnew', '']) : String(randomInt(random, 1, 99)),
    ),
  };
}

function person(random: Random, phone: string): Record<string, string> {
  const first = pick(random, FIRST);
  const last = pick(random, LAST);
  return {
    phone_number_dialed: phone,
    phone_number: phone,
    phone_code: '1',
    title: pick(random, ['', 'Mr', 'Ms']),
    first_name: first,
    middle_initial: '',
    last_name: last,
    address1: `${randomInt(random, 1, 999)} Main St`,
    address2: '',
    address3: '',
    city: pick(random, CITIES),
    state: pick(random, ['TX', 'NY', '']),
    province: '',
    postal_code: String(randomInt(random, 10_000, 99_999)),
    country_code: 'USA',
    gender: pick(random, ['U', 'M', 'F']),
    date_of_birth: '0000-00-00',
    alt_phone: '',
    email: `${last.toLowerCase().replace(/[^a-z]/g, '')}@mail.example`,
    security_phrase: '',
    comments: pick(random, COMMENTS),
    gmt_offset_now: '-5.00',
    rank: '0',
    owner: '',
  };
}

interface Course {
  readonly end: (typeof ENDS)[number];
  readonly known: boolean;
  readonly inbound: boolean;
  readonly localMs: number;
}

/** How the call went; of one that is not known yet, as much as is. */
function course(random: Random, { end, known, inbound }: Course): Record<string, string> {
  const [status, statusName, term] = end;
  const human = HUMAN.has(status);
  const seconds = human ? randomInt(random, 20, 900) : randomInt(random, 0, 30);
  const agent = randomInt(random, 1, 20);
  return {
    status: known ? status : 'INCALL',
    status_name: known ? statusName : 'Lead Being Called',
    user: human ? `60${String(agent).padStart(2, '0')}` : 'VDAD',
    full_name: human ? `Agente nº ${agent}` : 'Outbound Auto Dial',
    length_in_sec: known ? String(seconds) : '0',
    alt_dial: inbound ? String(randomInt(random, 0, 240)) : 'MAIN',
    term_reason: known ? term : 'NONE',
    called_count: String(randomInt(random, 1, 9)),
    called_since_last_reset: 'Y1',
    log_called_count: '1',
    wrapup_time: human && known ? String(randomInt(random, 0, 60)) : '0',
    queue_time: inbound ? '0' : '0.00',
    caller_code: `${inbound ? 'Y' : 'V'}${randomInt(random, 1e8, 9e8)}`,
    server_ip: '10.0.0.5',
    hangup_cause: human ? '16' : '17',
    dialstatus: human ? 'ANSWER' : 'BUSY',
    channel: `SIP/trunk-${randomInt(random, 1_000, 9_999)}`,
    dial_time: String(randomInt(random, 1, 30)),
    answered_time: String(seconds),
    cpd_result: '',
    did_pattern: inbound ? '8005550100' : '',
    did_id: inbound ? '7' : '',
    did_description: inbound ? 'Hotline' : '',
  };
}

/** `2026-11-20 12:20:00` of a time given as if it were UTC. */
export function localTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
