import { lookup, Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { systemCode } from '../base/errors.ts';

/** Asks for the addresses of a name; remembering them is the cache's work (`name-cache.ts`). */
export interface NameResolver {
  /**
   * Rejects with an error whose `code` is `ENOTFOUND` or `ENODATA` where the name has no address,
   * and any other code where nobody could say.
   */
  resolve(host: string): Promise<ResolvedName>;
}

export interface ResolvedName {
  /** IPv4 before IPv6 where the machine has IPv4. */
  readonly addresses: readonly string[];
  /** How long the answer may be kept, ms; undefined = nobody said. */
  readonly ttlMs: number | undefined;
}

export interface DnsResolverOptions {
  /** Name servers as `address` or `address:port`; [] = those of the machine. */
  readonly servers: readonly string[];
  /** Wait for one answer before the next try, ms. */
  readonly timeoutMs: number;
  readonly tries: number;
}

/**
 * Asks the name servers directly. The system's own look-up runs on the thread pool, four at a time,
 * where a few dead name servers would hold up everybody (and all compression with them); so it is
 * left for what only it knows: names without a dot, `.local`, and machines without name servers.
 */
export function createDnsResolver(options: DnsResolverOptions): NameResolver {
  const resolver = new Resolver({ timeout: options.timeoutMs, tries: options.tries });
  if (options.servers.length > 0) resolver.setServers([...options.servers]);
  const hosts = options.servers.length > 0 ? new Map<string, string[]>() : readHostsFile();
  const families = reachableFamilies();
  return {
    async resolve(host) {
      const known = hosts.get(host);
      if (known !== undefined) return { addresses: known, ttlMs: undefined };
      if (!host.includes('.') || host.endsWith('.local')) return systemLookup(host);
      try {
        return await resolveFamilies(resolver, host, families);
      } catch (error) {
        if (systemCode(error) === 'ECONNREFUSED' && options.servers.length === 0) {
          return systemLookup(host);
        }
        throw error;
      }
    },
  };
}

/** The second family is asked only where the first has no address: half the questions. */
async function resolveFamilies(
  resolver: Resolver,
  host: string,
  families: readonly (4 | 6)[],
): Promise<ResolvedName> {
  let failure: unknown;
  for (const family of families) {
    try {
      const records =
        family === 4
          ? await resolver.resolve4(host, { ttl: true })
          : await resolver.resolve6(host, { ttl: true });
      if (records.length === 0) continue;
      const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1_000;
      return { addresses: records.map(({ address }) => address), ttlMs };
    } catch (error) {
      failure ??= error;
      if (systemCode(error) !== 'ENODATA') throw error;
    }
  }
  throw failure ?? Object.assign(new Error(`no address for ${host}`), { code: 'ENODATA' });
}

async function systemLookup(host: string): Promise<ResolvedName> {
  const found = await lookup(host, { all: true, order: 'ipv4first' });
  return { addresses: found.map(({ address }) => address), ttlMs: undefined };
}

/** IPv4 first: it is the family under which nearly every site is really looked after. */
function reachableFamilies(): readonly (4 | 6)[] {
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal);
  const only6 = outer.length > 0 && outer.every(({ family }) => family === 'IPv6');
  return only6 ? [6, 4] : [4, 6];
}

function readHostsFile(): Map<string, string[]> {
  const path =
    process.platform === 'win32' ? 'C:/Windows/System32/drivers/etc/hosts' : '/etc/hosts';
  try {
    return parseHostsFile(readFileSync(path, 'utf8'));
  } catch {
    return new Map();
  }
}

/** Names to addresses, of a file with lines `address name name # comment`. */
export function parseHostsFile(text: string): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = hosts.get(key);
      if (known === undefined) hosts.set(key, [address]);
      else if (isIP(address) === 4) known.unshift(address);
      else known.push(address);
    }
  }
  return hosts;
}
