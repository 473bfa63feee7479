import { Buffer } from 'node:buffer';

/** The order of UTF-8, which databases keep; that of UTF-16 differs beyond the first plane. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
