import type { FoundAddress } from './found.ts';

/**
 * Joins the addresses of the markup with those of the text: one address said twice becomes
 * one, with
 * the fuller parts of both and a higher confidence than either gave alone.
 */
export function mergeAddresses(
  structured: readonly FoundAddress[],
  fromText: readonly FoundAddress[],
): FoundAddress[] {
  const merged: FoundAddress[] = [];
  const byKey = new Map<string, number>();
  for (const address of [...structured, ...fromText]) {
    const key = keyOf(address);
    const at = byKey.get(key);
    if (at === undefined) {
      byKey.set(key, merged.length);
      merged.push(address);
    } else {
      merged[at] = joined(merged[at]!, address);
    }
  }
  return merged.filter((address) => !isRepeated(address, merged));
}

/** Whether an address that lacks its code or its street is one of the others, written again. */
function isRepeated(address: FoundAddress, all: readonly FoundAddress[]): boolean {
  if (address.street === '') {
    return all.some(
      (other) => other.street !== '' && isSameCode(other.postalCode, address.postalCode),
    );
  }
  if (address.postalCode !== '') return false;
  const number = numberOf(address.street);
  return all.some(
    (other) =>
      other.postalCode !== '' &&
      numberOf(other.street) === number &&
      other.city.toLowerCase() === address.city.toLowerCase(),
  );
}

function isSameCode(one: string, other: string): boolean {
  const bare = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase();
  return one !== '' && bare(one) === bare(other);
}

function numberOf(street: string): string {
  return /\d+/.exec(street)?.[0] ?? '';
}

/** Code (or town) and the street's first number and letters: the same in all ways to write one. */
function keyOf(address: FoundAddress): string {
  const place = address.postalCode.slice(0, 8) || address.city;
  const number = numberOf(address.street);
  const code = place.toLowerCase().replace(/[\s-]/g, '').slice(0, 5);
  return `${code}|${number}|${number === '' ? firstWordOf(address.street) : ''}`;
}

function firstWordOf(street: string): string {
  return /\p{L}{3,}/u.exec(street.toLowerCase())?.[0].slice(0, 4) ?? '';
}

function joined(one: FoundAddress, other: FoundAddress): FoundAddress {
  const base = isFuller(other, one) ? other : one;
  const rest = base === one ? other : one;
  return {
    ...base,
    state: base.state || rest.state,
    country: base.country || rest.country,
    postalCode: base.postalCode || rest.postalCode,
    method: one.method,
    confidence: Math.min(0.98, Math.max(one.confidence, other.confidence) + 0.03),
  };
}

function isFuller(one: FoundAddress, other: FoundAddress): boolean {
  const parts = (address: FoundAddress): number =>
    [address.street, address.city, address.state, address.postalCode].filter(Boolean).length;
  const more = parts(one) - parts(other);
  return more !== 0 ? more > 0 : one.street.length > other.street.length + 2;
}
