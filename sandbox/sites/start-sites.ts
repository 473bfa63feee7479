/**
 * The stand-in websites: hundreds of invented firms' sites by seed, in eleven languages, on one
 * loopback port, with the list of them (CSV) and the truth of what is on them (JSON Lines).
 *
 * Their domains are invented names under real endings, because collectors read the country from
 * them. They are never to be looked up: `resolveRules` sends every ending to the sandbox, and the
 * names that shall not resolve end in `.invalid`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryLines } from '../try-lines.ts';
import { type Behaviour, SPECIAL_BEHAVIOURS } from './behaviours.ts';
import { COUNTRIES } from './countries/countries.ts';
import { RUSSIA } from './countries/european.ts';
import { SiteFarm } from './site-farm.ts';
import { indexOfBehaviour, siteName } from './site-name.ts';
import { createSiteServer } from './site-server.ts';
import { SiteCounters, type SitesStats } from './site-stats.ts';
import { TlsContexts } from './tls-contexts.ts';
import { sitesTruth, type TruthRow } from './truth.ts';
import { writeSiteFiles } from './websites-csv.ts';

export interface SitesOptions {
  /** 0 = any free port. */
  readonly port?: number;
  readonly seed?: number;
  /** Number of sites, 1 to 100,000. */
  readonly count?: number;
  /** Latencies are multiplied by it; 0 = none. */
  readonly latencyScale?: number;
  /** The latencies of ordinary pages are multiplied by it as well, to 2 s at most. */
  readonly pageLatencyScale?: number;
  /**
   * Serve every site over HTTPS too, with certificates of `authorityPem`. Without it a handshake
   * for any but the TLS sites ends in a reset, as where nothing listens on that port.
   */
  readonly https?: boolean;
  /** Where `websites.csv`, `truth.jsonl` and `authority.pem` are written; undefined = nowhere. */
  readonly directory?: string;
}

export interface Sites {
  readonly port: number;
  readonly seed: number;
  readonly count: number;
  /** `*.de=127.0.0.1:PORT` and so on: what `--resolve` needs, once each. */
  readonly resolveRules: readonly string[];
  /** PEM of the authority that signed the certificates of the TLS sites. */
  readonly authorityPem: string;
  /** Paths of the files that were written, if any. */
  readonly csvFile: string | undefined;
  readonly truthFile: string | undefined;
  readonly authorityFile: string | undefined;
  /** The truth of every row of the CSV. */
  truth(): Generator<TruthRow>;
  /** Host of the only site with this behaviour; undefined when there are too few sites. */
  hostOf(behaviour: Exclude<Behaviour, 'ordinary'>): string | undefined;
  stats(): SitesStats;
  /** Forgets counters, attempts and limits. */
  reset(): void;
  close(): Promise<void>;
}

export const SITES_COUNT_MAX = 100_000;

/** Starts the sites on 127.0.0.1. Throws RangeError for a count out of bounds. */
export async function startSites(options: SitesOptions = {}): Promise<Sites> {
  const { port: wanted = 0, seed = 1, count = 300, latencyScale = 1, directory } = options;
  const { https = false, pageLatencyScale = 1 } = options;
  if (!Number.isInteger(count) || count < 1 || count > SITES_COUNT_MAX) {
    throw new RangeError(`the number of sites must be from 1 to ${SITES_COUNT_MAX}, not ${count}`);
  }
  const tls = new TlsContexts();
  const farm = new SiteFarm(seed, count);
  const counters = new SiteCounters();
  const server = createSiteServer({
    farm,
    tls,
    latencyScale,
    pageLatencyScale,
    https,
    counters,
  });
  const files = directory === undefined ? undefined : await writeSiteFiles(directory, seed, count);
  const authorityFile = directory === undefined ? undefined : join(directory, 'authority.pem');
  if (authorityFile !== undefined) await writeFile(authorityFile, tls.authorityPem);
  const port = await server.listen(wanted);
  return {
    port,
    seed,
    count,
    resolveRules: siteEndings().map((ending) => `*.${ending}=127.0.0.1:${port}`),
    authorityPem: tls.authorityPem,
    csvFile: files?.csvFile,
    truthFile: files?.truthFile,
    authorityFile,
    truth: () => sitesTruth(seed, count),
    hostOf(behaviour) {
      const index = indexOfBehaviour(behaviour);
      return index < count ? siteName(seed, index).host : undefined;
    },
    stats: () => counters.read(),
    reset() {
      server.reset();
      counters.clear();
    },
    close: () => server.close(),
  };
}

/** The top-level domains that sites use, `.invalid` left out. */
export function siteEndings(): readonly string[] {
  const endings = [...COUNTRIES, RUSSIA].flatMap((country) => country.endings);
  return [...new Set(endings.map((ending) => ending.split('.').at(-1) as string))].sort();
}

/** What to tell a person who started the sites: address, files and the command to try. */
export function describeSites(sites: Sites): string {
  const special = SPECIAL_BEHAVIOURS.filter((each) => sites.hostOf(each) !== undefined).length;
  const url = `http://127.0.0.1:${sites.port}`;
  const lines = [
    `${sites.count} sites (seed ${sites.seed}, ${special} of them special) at ${url}`,
    `what they saw: ${url}/__stats`,
  ];
  if (sites.csvFile !== undefined) {
    lines.push(
      `the list: ${sites.csvFile}`,
      `the truth: ${sites.truthFile}`,
      ...tryLines({}, [
        ...['run', 'contacts', sites.csvFile, '--column', 'website', '-o', 'out.csv'],
        ...['--resolve', `*=127.0.0.1:${sites.port}`],
      ]),
    );
  }
  return `${lines.join('\n')}\n`;
}
