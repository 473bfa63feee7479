import { isIP } from 'node:net';
import { SluiceError } from '../base/errors.ts';
import { closedKind } from './address-ranges.ts';
import {
  type HostPattern,
  matchesAddress,
  matchesHost,
  parseHostPattern,
  splitPort,
} from './host-pattern.ts';

/**
 * Which addresses may be connected to. It judges addresses, not names: the dialler asks it for each
 * address that a name resolved to and then connects to exactly that address, so a name that
 * resolves differently a moment later changes nothing. It is asked on every hop, since every hop
 * dials. Opened only by name (`allowHosts`) or by a resolver rule, whose target counts as named.
 */
export interface AddressGuard {
  /** Throws `fetch.port_blocked` where another protocol's port is asked for. */
  checkPort(host: string, port: number): void;
  /** What keeps this address from being connected to; undefined = it may be. */
  refusal(host: string, port: number, address: string): string | undefined;
  /** Where a resolver rule sends this host. */
  route(host: string, port: number): Route | undefined;
}

export interface Route {
  readonly address: string;
  readonly port: number;
}

export interface AddressGuardOptions {
  /** `host`, `*.suffix`, `host:port`, an address, or a network such as `10.0.0.0/8`. */
  readonly allowHosts: readonly string[];
  /** `host=addr:port`, `*.suffix=addr:port`, `*=addr:port`; without `:port` the URL's is kept. */
  readonly resolve: readonly string[];
}

/**
 * Ports of other protocols, where an HTTP request may do harm (mail, shells, databases, print
 * queues). Browsers refuse most of them; the databases and caches are ours, since a crawler stands
 * on a server, beside them.
 */
const PORTS_BLOCKED: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
  103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 179, 389, 427,
  465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
  993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 3306, 3389, 3659, 4045, 4190,
  5060, 5061, 5432, 5900, 5984, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042,
  10080, 11211, 27017,
]);

interface ResolveRule {
  readonly pattern: HostPattern;
  readonly address: string;
  readonly port: number | undefined;
}

/** Throws `settings.invalid` for an entry that cannot be read. */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const allowed = options.allowHosts.map(parseAllowHost);
  const rules = options.resolve.map(parseResolveRule);
  const route = (host: string, port: number): Route | undefined => {
    const rule = rules.find(({ pattern }) => matchesHost(pattern, host, port));
    return rule && { address: rule.address, port: rule.port ?? port };
  };
  return {
    route,
    checkPort(host, port) {
      if (!PORTS_BLOCKED.has(port)) return;
      const named = allowed.some((each) => each.port === port && matchesHost(each, host, port));
      if (named || route(host, port) !== undefined) return;
      throw new SluiceError('fetch.port_blocked', { host, port });
    },
    refusal(host, port, address) {
      const kind = closedKind(address);
      if (kind === undefined) return undefined;
      const open = allowed.some(
        (each) => matchesHost(each, host, port) || matchesAddress(each, address),
      );
      return open ? undefined : kind;
    },
  };
}

function parseAllowHost(text: string): HostPattern {
  const pattern = parseHostPattern(text);
  // `*` would open everything at once; a suffix or a network has to be named.
  if (pattern !== undefined && pattern.name !== '*') return pattern;
  throw new SluiceError('settings.invalid', {
    name: 'allowHosts',
    value: text,
    detail: 'write a host, *.suffix, host:port or a network such as 10.0.0.0/8',
    source: 'the settings',
  });
}

function parseResolveRule(text: string): ResolveRule {
  const equals = text.indexOf('=');
  const pattern = equals > 0 ? parseHostPattern(text.slice(0, equals)) : undefined;
  const { host, port } = splitPort(text.slice(equals + 1).trim());
  const address = host === 'localhost' ? '127.0.0.1' : host.replace(/^\[|\]$/g, '');
  const valid = pattern !== undefined && pattern.name !== '' && isIP(address) !== 0;
  if (valid && (port === undefined || (port >= 1 && port <= 65_535))) {
    return { pattern, address, port };
  }
  throw new SluiceError('settings.invalid', {
    name: 'resolve',
    value: text,
    detail: 'write host=address:port, *.suffix=address:port or *=address:port',
    source: 'the settings',
  });
}
