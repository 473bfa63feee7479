/** The calls as a perfect reader has stored them by now, and the files for those who try one. */
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cellText } from './call-columns.ts';
import { type Call, callsOfHour, type Direction, HOUR_MS } from './calls.ts';
import type { Client, World } from './world.ts';

export interface TruthCall {
  readonly campaign: string;
  readonly client: string;
  readonly direction: Direction;
  /** The instant, ISO 8601 in UTC. */
  readonly calledAt: string;
  /** By column of the EXTENDED export; line ends are line ends again, tabs stay replaced. */
  readonly cells: Readonly<Record<string, string>>;
  readonly custom: readonly string[];
}

export interface VicidialFiles {
  readonly credentialsFile: string;
  readonly truthFile: string;
}

/** All calls there are by now, or those of a span of the server's hours (ms as if UTC). */
export function* truthCalls(
  world: World,
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): Generator<TruthCall> {
  for (const client of world.clients) {
    const zoneMs = client.server.zoneHours * HOUR_MS;
    const first = Math.max(fromMs, Math.floor((world.sinceMs + zoneMs) / HOUR_MS) * HOUR_MS);
    const end = Math.min(toMs, world.nowMs + zoneMs + 1);
    for (const direction of ['outbound', 'inbound'] as const) {
      for (let hour = first; hour < end; hour += HOUR_MS) {
        for (const call of callsOfHour(world, client, direction, hour)) {
          yield truthOf(client, call);
        }
      }
    }
  }
}

function truthOf(client: Client, call: Call): TruthCall {
  const cells = Object.entries(call.cells).map(([column, value]) => [
    column,
    column === 'comments' ? value.replaceAll('\r\n', '\n') : value,
  ]);
  return {
    campaign: client.campaign,
    client: client.name,
    direction: call.direction,
    calledAt: new Date(call.localMs - client.server.zoneHours * HOUR_MS).toISOString(),
    cells: Object.fromEntries(cells.map(([column = '', value = '']) => [column, cellText(value)])),
    custom: call.custom.map(cellText),
  };
}

/** The truth of now as JSON Lines. */
export function* truthLines(world: World): Generator<string> {
  for (const call of truthCalls(world)) yield `${JSON.stringify(call)}\n`;
}

/** `campaign,client,url,user,password,campaign_ids,in_groups,lists,time_zone`. */
export function credentialsCsv(world: World, url: string): string {
  const header = 'campaign,client,url,user,password,campaign_ids,in_groups,lists,time_zone'.split(
    ',',
  );
  const rows = world.clients.map((client) => [
    ...[client.campaign, client.name, `${url}/${client.server.name}/vicidial`],
    ...[client.user, client.password, client.campaignIds.join(' '), client.inGroups.join(' ')],
    ...['', ''],
  ]);
  return [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

export async function writeVicidialFiles(
  directory: string,
  world: World,
  url: string,
): Promise<VicidialFiles> {
  await mkdir(directory, { recursive: true });
  const files = {
    credentialsFile: join(directory, 'credentials.csv'),
    truthFile: join(directory, 'truth.jsonl'),
  };
  await writeFile(files.credentialsFile, credentialsCsv(world, url));
  await pipeline(Readable.from(truthLines(world)), createWriteStream(files.truthFile));
  return files;
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
