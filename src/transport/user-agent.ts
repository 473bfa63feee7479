/**
 * How Sluice names itself: `Sluice/0.1.0`, or with an address at which its owner can be asked,
 * `Sluice/0.1.0 (+https://example.org/crawler)`. No address is made up.
 */
export function userAgent(name: string, version: string, contact: string): string {
  const product = version === '' ? name : `${name}/${version}`;
  return contact === '' ? product : `${product} (+${contact})`;
}

/** What is sent with every request unless it says otherwise. Lower-case names. */
export function defaultHeaders(agent: string): Readonly<Record<string, string>> {
  return {
    'user-agent': agent,
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'accept-language': 'en;q=0.8,*;q=0.5',
  };
}
