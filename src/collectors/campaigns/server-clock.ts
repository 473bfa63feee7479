/** What time it is on a server, and in which zone it says so. */
import { FailureError } from '../../model/failure.ts';
import type { CollectContext } from '../collector.ts';
import { serverLane } from './client-input.ts';
import { HOUR_MS, localMsIn } from './hours.ts';
import { versionUrl } from './vicidial-requests.ts';
import { localOf, readZone, type Zone } from './zone.ts';

export interface ServerClock {
  /** The hour that it is there, of the server's own clock. */
  readonly hour: number;
  readonly zone: Zone;
}

const BODY_BYTES_MAX = 65_536;

/** `given` is the zone that the client's row names: it goes before what the server says. */
export async function serverClock(
  ctx: Pick<CollectContext, 'fetch' | 'nowMs'>,
  place: string,
  given: Zone | undefined,
): Promise<ServerClock> {
  const reply = await ctx.fetch(versionUrl(place), {
    robots: false,
    anyStatus: given !== undefined,
    bodyBytesMax: BODY_BYTES_MAX,
    lane: serverLane(place),
  });
  const told = versionIn(reply.text());
  const zone = given ?? told?.zone;
  if (zone === undefined) {
    const message = 'The server does not tell its version and time.';
    const hint = 'Give the client a time_zone such as America/New_York, or check its url.';
    throw new FailureError({ class: 'transient', code: 'campaigns.no_clock', message, hint });
  }
  const localMs = told?.localMs ?? localOf(ctx.nowMs(), zone);
  return { hour: Math.floor(localMs / HOUR_MS), zone };
}

/** `VERSION: …|BUILD: …|DATE: 2026-11-21 12:00:00|EPOCH: …|DST: 0|TZ: -5|TZNOW: -5|`. */
export function versionIn(
  text: string,
): { readonly localMs: number; readonly zone: Zone } | undefined {
  const fields = new Map(
    text
      .trim()
      .split('|')
      .map((part): [string, string] => {
        const colon = part.indexOf(':');
        return [part.slice(0, colon).trim(), part.slice(colon + 1).trim()];
      }),
  );
  const localMs = localMsIn(fields.get('DATE') ?? '');
  const zone = readZone(fields.get('TZNOW') ?? fields.get('TZ') ?? '');
  if (!fields.has('VERSION') || Number.isNaN(localMs) || zone === undefined) return undefined;
  return { localMs, zone };
}
