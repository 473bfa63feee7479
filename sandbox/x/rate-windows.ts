/**
 * The limits: fixed windows per caller and endpoint that start at the first call, and caps of 24
 * hours over them. Windows end at whole seconds, so that the reset they announce is exact.
 */

import type { Principal } from './accounts.ts';
import type { EndpointName } from './endpoints.ts';
import type { XConfig } from './x-options.ts';

type Headers = Readonly<Record<string, string>>;

interface Block {
  /** What its headers begin with. */
  readonly name: string;
  readonly window: Window;
}

interface Window {
  readonly limit: number;
  used: number;
  /** When it ends, ms since 1970; whole seconds. */
  readonly endMs: number;
  /** Exhausted on demand: it is there until its end only. */
  readonly forced: boolean;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Until when nothing is to be had; undefined when allowed. */
  readonly untilMs: number | undefined;
  /** Until when these headers say that nothing is left; undefined = there is something. */
  readonly emptyUntilMs: number | undefined;
  /** When the window of the limit began anew with this call. */
  readonly opened: boolean;
  readonly headers: Headers;
}

/** When a window of this length that starts now ends: at a whole second. */
export function windowEndMs(nowMs: number, lengthMs: number): number {
  return Math.ceil((nowMs + lengthMs) / 1_000) * 1_000;
}

export class RateWindows {
  readonly #config: XConfig;
  readonly #windows = new Map<string, Window>();

  constructor(config: XConfig) {
    this.#config = config;
  }

  /** Counts a call, or refuses it. The endpoint must be open to this kind of caller. */
  take(principal: Principal, endpoint: EndpointName, nowMs: number): Verdict {
    const blocks = this.#blocks(principal, endpoint, nowMs);
    const full = blocks.filter(({ window }) => window.used >= window.limit);
    const opened = blocks[0]?.window.used === 0;
    if (full.length === 0) for (const { window } of blocks) window.used += 1;
    return {
      allowed: full.length === 0,
      untilMs: latestEnd(full),
      emptyUntilMs: latestEnd(blocks.filter(({ window }) => window.used >= window.limit)),
      opened: opened && full.length === 0,
      headers: headersOf(blocks),
    };
  }

  /** The headers of now, without counting anything. */
  peek(principal: Principal, endpoint: EndpointName, nowMs: number): { headers: Headers } {
    return { headers: headersOf(this.#blocks(principal, endpoint, nowMs)) };
  }

  /** Exhausts the 24 hours of a caller on an endpoint for `lengthMs`, whatever it has used. */
  capDay(principal: Principal, endpoint: EndpointName, lengthMs: number, nowMs: number): void {
    const limit = this.#config.userDayCap ?? 100;
    const endMs = windowEndMs(nowMs, lengthMs);
    const key = `user-day ${principal.name} ${endpoint}`;
    this.#windows.set(key, { limit, used: limit, endMs, forced: true });
  }

  clear(): void {
    this.#windows.clear();
  }

  #blocks(principal: Principal, endpoint: EndpointName, nowMs: number): Block[] {
    const { windowMs, dayMs, userDayCap, appDayCap } = this.#config;
    const { kind, name, app } = principal;
    const limit = this.#config.limitOf(endpoint, kind) ?? 0;
    const key = `${name} ${endpoint}`;
    const blocks = [{ name: 'x-rate-limit', window: this.#window(key, limit, windowMs, nowMs) }];
    if (appDayCap !== undefined) {
      const window = this.#window(`app-day ${app.id} ${endpoint}`, appDayCap, dayMs, nowMs);
      blocks.push({ name: 'x-app-limit-24hour', window });
    }
    const dayKey = `user-day ${key}`;
    const day = this.#windows.get(dayKey);
    const forced = day?.forced === true && nowMs < day.endMs;
    if (kind === 'user' && (userDayCap !== undefined || forced)) {
      const window = this.#window(dayKey, userDayCap ?? 100, dayMs, nowMs);
      blocks.push({ name: 'x-user-limit-24hour', window });
    }
    return blocks;
  }

  /** The window of now. One that nobody has called in yet starts now. */
  #window(key: string, limit: number, lengthMs: number, nowMs: number): Window {
    const known = this.#windows.get(key);
    if (known && nowMs < known.endMs) return known;
    const window = { limit, used: 0, endMs: windowEndMs(nowMs, lengthMs), forced: false };
    this.#windows.set(key, window);
    return window;
  }
}

function headersOf(blocks: readonly Block[]): Headers {
  const headers: Record<string, string> = {};
  for (const { name, window } of blocks) {
    headers[`${name}-limit`] = String(window.limit);
    headers[`${name}-remaining`] = String(window.limit - window.used);
    headers[`${name}-reset`] = String(window.endMs / 1_000);
  }
  return headers;
}

function latestEnd(blocks: readonly Block[]): number | undefined {
  return blocks.length === 0 ? undefined : Math.max(...blocks.map(({ window }) => window.endMs));
}
