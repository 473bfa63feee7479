/**
 * Who there is: call centres (campaigns, as the people who collect from them say) with clients of
 * unequal size, each client with a login on one of several servers and what it sees there.
 */
import { randomInt } from '../../src/base/random.ts';
import { randomOf } from '../sites/seed.ts';
import type { VicidialConfig } from './vicidial-options.ts';

export interface Server {
  /** Its part of the address: `s1` for `http://127.0.0.1:PORT/s1/vicidial/…`. */
  readonly name: string;
  /** Hours that its clocks are ahead of UTC. */
  readonly zoneHours: number;
}

export interface Client {
  readonly index: number;
  /** The group that it is of. */
  readonly campaign: string;
  readonly name: string;
  readonly server: Server;
  readonly user: string;
  readonly password: string;
  /** Campaigns, in-groups and lists of the dialler that its login sees. */
  readonly campaignIds: readonly string[];
  readonly inGroups: readonly string[];
  readonly lists: readonly DialList[];
  /** Against an average client. */
  readonly size: number;
  readonly rights: Rights;
}

export interface DialList {
  readonly id: string;
  readonly name: string;
  readonly campaignId: string;
  /** Fields of its own: they make rows wider than the header. */
  readonly customFields: number;
}

/** What a login may do; commands change it. */
export interface Rights {
  level: number;
  apiAccess: boolean;
  viewReports: boolean;
  exportReports: boolean;
  /** Whether this one report is among those it may see. */
  thisReport: boolean;
  modifyLists: boolean;
}

const GROUPS = ['solar', 'telecom', 'insurance', 'charity', 'energy', 'survey', 'travel', 'water'];
const FIRMS = [
  'Nordwind',
  'Café Central',
  'Blue Harbour',
  'Müller & Söhne',
  'Pico Alto',
  'Greenfield',
  'São Jorge',
  'Tamarind',
  'Kestrel',
  'Ostwald',
];
const ZONES = [-5, 1, 0, -8, 5.5];

export class World {
  readonly config: VicidialConfig;
  readonly servers: readonly Server[];
  readonly clients: readonly Client[];
  /** Wall time of the world, ms. */
  nowMs: number;

  constructor(config: VicidialConfig) {
    this.config = config;
    this.nowMs = config.epochMs;
    const counts = Array.from({ length: config.campaigns }, (_, i) =>
      Math.max(1, Math.round(config.clients / (i + 1))),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    this.servers = Array.from({ length: config.servers || Math.ceil(total / 2) }, (_, i) => ({
      name: `s${i + 1}`,
      zoneHours: ZONES[i % ZONES.length] as number,
    }));
    this.clients = counts.flatMap((count, group) =>
      Array.from({ length: count }, (_, i) => {
        const before = counts.slice(0, group).reduce((sum, each) => sum + each, 0);
        return this.#client(before + i, group, i);
      }),
    );
  }

  /** Since when calls were made, wall ms. */
  get sinceMs(): number {
    return this.config.epochMs - this.config.hours * 3_600_000;
  }

  clientOf(server: Server, user: string): Client | undefined {
    return this.clients.find((client) => client.server === server && client.user === user);
  }

  #client(index: number, group: number, place: number): Client {
    const { seed } = this.config;
    const random = randomOf(seed, 'client', index);
    const campaign = (GROUPS[group % GROUPS.length] as string) + suffix(group, GROUPS.length);
    const name = (FIRMS[place % FIRMS.length] as string) + suffix(place, FIRMS.length);
    const code = campaign.slice(0, 3).toUpperCase();
    const campaignIds = Array.from(
      { length: randomInt(random, 1, 3) },
      (_, i) => `${code}${index + 1}${'ABC'[i]}`,
    );
    const lists = campaignIds.flatMap((campaignId, i) =>
      [0, 1].map(
        (half): DialList => ({
          id: String(1_000 + index * 10 + i * 2 + half),
          name: half === 0 ? `${campaign} fresh` : `${campaign} recycled`,
          campaignId,
          customFields: half === 0 ? 0 : randomInt(random, 1, 3),
        }),
      ),
    );
    return {
      index,
      campaign,
      name,
      server: this.servers[index % this.servers.length] as Server,
      user: `report${index + 1}`,
      password: `Pw-${group}${place}_${Math.floor(random.next() * 1e9).toString(36)}Zq`,
      campaignIds,
      inGroups: random.next() < 0.7 ? [`IN_${code}${index + 1}`] : [],
      lists,
      // A few large ones, many small.
      size: place === 0 ? 3 : 0.3 + random.next(),
      rights: {
        level: 9,
        apiAccess: true,
        viewReports: true,
        exportReports: true,
        thisReport: true,
        modifyLists: true,
      },
    };
  }
}

function suffix(place: number, names: number): string {
  return place < names ? '' : String(Math.floor(place / names) + 1);
}
