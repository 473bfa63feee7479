import { type BlockList, isIP } from 'node:net';
import { blockList } from './address-ranges.ts';

/**
 * How hosts are written in `--allow-host` and `--resolve`: `example.com`, `*.example.com`, `*`
 * (any name), `10.0.0.0/8`, `[::1]`, each with an optional `:port`. A pattern that cannot be read
 * is undefined, never one that matches less or more than it seems to.
 */
export interface HostPattern {
  /** `*`, `.suffix` (of `*.suffix`) or an exact host as URLs write it; '' for a network. */
  readonly name: string;
  readonly network: { readonly list: BlockList; readonly family: 'ipv4' | 'ipv6' } | undefined;
  readonly port: number | undefined;
}

export function parseHostPattern(text: string): HostPattern | undefined {
  const trimmed = text.trim().toLowerCase();
  const network = parseNetwork(trimmed);
  if (network !== undefined) return { name: '', network, port: undefined };
  const { host, port } = splitPort(trimmed);
  if (port !== undefined && !(port >= 1 && port <= 65_535)) return undefined;
  if (host === '*') return { name: '*', network: undefined, port };
  const suffix = host.startsWith('*.') ? canonicalHost(host.slice(2)) : undefined;
  if (host.startsWith('*.')) {
    if (suffix === undefined) return undefined;
    return { name: `.${suffix}`, network: undefined, port };
  }
  const name = canonicalHost(host);
  if (name === undefined) return undefined;
  const address = name.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  if (family === 0 || port !== undefined) return { name, network: undefined, port };
  return { name, network: parseNetwork(`${address}/${family === 4 ? 32 : 128}`), port };
}

/** Whether a URL's host and port (as `URL` gives them) are meant, by name. */
export function matchesHost(pattern: HostPattern, host: string, port: number): boolean {
  if (pattern.port !== undefined && pattern.port !== port) return false;
  // An address is no name: `*=…` must not open the way to 169.254.169.254.
  if (pattern.name === '*') return isIP(host.replace(/^\[|\]$/g, '')) === 0;
  if (pattern.name.startsWith('.')) return host.endsWith(pattern.name);
  return pattern.name !== '' && pattern.name === host;
}

/** Whether the pattern names a network that holds this address. */
export function matchesAddress(pattern: HostPattern, address: string): boolean {
  if (pattern.network === undefined || address.includes('%')) return false;
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  // node's own check lets an IPv4 rule match its mapped IPv6 form too.
  return pattern.network.list.check(address, family);
}

/** Host and port of `host:port`, `[v6]:port`, `host` or a bare IPv6 address. */
export function splitPort(text: string): { host: string; port: number | undefined } {
  if (isIP(text) === 6) return { host: `[${text}]`, port: undefined };
  const match = /^(.*?):(\d{1,5})$/.exec(text);
  if (match === null || match[1] === undefined) return { host: text, port: undefined };
  return { host: match[1], port: Number(match[2]) };
}

function parseNetwork(text: string): HostPattern['network'] {
  const match = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const address = match[1] as string;
  const family = isIP(address);
  const bits = Number(match[2]);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined;
  const name = family === 4 ? 'ipv4' : 'ipv6';
  return { list: blockList(`${address}/${bits}`, name), family: name };
}

/** The host as a URL would write it (punycode, lower case, brackets), or undefined. */
function canonicalHost(host: string): string | undefined {
  if (host === '' || /[/?#@\\\s]/.test(host)) return undefined;
  if (!URL.canParse(`http://${host}/`)) return undefined;
  const url = new URL(`http://${host}/`);
  return url.port === '' ? url.hostname : undefined;
}
