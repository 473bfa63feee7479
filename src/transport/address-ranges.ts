import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What kind of address is this? Public addresses are fetched, every other kind is named. IPv6 is
 * judged by what is open (the global unicast block less its special parts), so a range that is
 * invented tomorrow is closed; IPv4 by the list of special-purpose blocks, since all the rest is in
 * use. Addresses that carry an IPv4 address inside are judged by that one.
 */
const V4_RANGES: readonly (readonly [cidr: string, kind: string])[] = [
  ['0.0.0.0/8', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-internal'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmark'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
];

/** Public by number, but answered by the cloud's own machinery, with secrets. */
const V4_METADATA: readonly string[] = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
];

/** Named for the message only: what is not in 2000::/3 is closed in any case. */
const V6_RANGES: readonly (readonly [cidr: string, kind: string])[] = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['fc00::/7', 'private'],
  ['ff00::/8', 'multicast'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', 'translated'],
  ['3fff::/20', 'documentation'],
];

const V6_METADATA: readonly string[] = ['fd00:ec2::254', 'fd20:ce::254'];

interface KindList {
  readonly kind: string;
  readonly list: BlockList;
}

const LISTS_V4 = [metadataList(V4_METADATA, 'ipv4'), ...rangeLists(V4_RANGES, 'ipv4')];
const LISTS_V6 = [metadataList(V6_METADATA, 'ipv6'), ...rangeLists(V6_RANGES, 'ipv6')];
const GLOBAL_UNICAST = blockList('2000::/3', 'ipv6');

/** Why an address is not fetched (`loopback`, `private`, …); undefined = it is public. */
export function closedKind(address: string): string | undefined {
  if (isIPv4(address)) return kindIn(LISTS_V4, address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return 'scoped';
  const groups = ipv6Groups(address);
  const embedded = embeddedV4(groups);
  if (embedded !== undefined) return closedKind(embedded);
  const kind = kindIn(LISTS_V6, address, 'ipv6');
  if (kind !== undefined) return kind;
  return GLOBAL_UNICAST.check(address, 'ipv6') ? undefined : 'reserved';
}

/** The eight numbers of an IPv6 address, in any of its notations (`::`, dotted tail). */
export function ipv6Groups(address: string): readonly number[] {
  // The URL parser knows every notation; it writes hex groups with one `::` at most.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

/** Of IPv4-mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96) addresses. */
function embeddedV4(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:65535' && prefix !== '100:65435:0:0:0:0') return undefined;
  const high = groups[6] as number;
  const low = groups[7] as number;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** A list that holds one CIDR. */
export function blockList(cidr: string, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  const slash = cidr.indexOf('/');
  list.addSubnet(cidr.slice(0, slash), Number(cidr.slice(slash + 1)), family);
  return list;
}

function rangeLists(
  ranges: readonly (readonly [cidr: string, kind: string])[],
  family: 'ipv4' | 'ipv6',
): KindList[] {
  return ranges.map(([cidr, kind]) => ({ kind, list: blockList(cidr, family) }));
}

function metadataList(addresses: readonly string[], family: 'ipv4' | 'ipv6'): KindList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, family);
  return { kind: 'cloud metadata', list };
}

function kindIn(
  lists: readonly KindList[],
  address: string,
  family: 'ipv4' | 'ipv6',
): string | undefined {
  return lists.find(({ list }) => list.check(address, family))?.kind;
}
