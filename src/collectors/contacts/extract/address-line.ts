import type { FoundAddress } from './found.ts';

/** The parts of one postal address; '' where one is not known. */
export interface AddressParts {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  /** ISO 3166 alpha-2 or ''. */
  readonly country: string;
}

/** Countries whose letters carry the code behind the town. */
const CODE_LAST = new Set([
  'US',
  'CA',
  'AU',
  'GB',
  'IE',
  'NZ',
  'IN',
  'PR',
  'SG',
  'ZA',
  'BR',
  'JP',
  '',
]);

/** One line in the order a letter to that country would carry the parts. */
export function addressLine(parts: AddressParts): string {
  const { street, city, state, postalCode, country } = parts;
  if (CODE_LAST.has(country)) {
    const tail = country === 'GB' ? [city, state, postalCode] : [city, `${state} ${postalCode}`];
    return joined([street, ...tail]);
  }
  return joined([street, `${postalCode} ${city}`, state]);
}

/** A found address, its one-line value written from its parts. */
export function foundAddress(
  parts: AddressParts,
  method: string,
  confidence: number,
): FoundAddress {
  return { value: addressLine(parts), ...parts, method, confidence };
}

function joined(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(', ');
}
