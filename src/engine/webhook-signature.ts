import { createHmac } from 'node:crypto';

/**
 * The value of `Sluice-Signature`: the time, in seconds since 1970, and an HMAC-SHA256 over time
 * and body. The time is signed too, so that a request cannot be sent again much later.
 */
export function signature(secret: string, body: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
