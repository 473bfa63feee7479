/** Asks the API, as the browser that is signed in. */
import { effect, signal } from '@preact/signals';
import type { Me } from './wire.ts';

const KEPT = 'sluice.tenant';

/** undefined: not known yet; null: nobody is signed in. */
export const me = signal<Me | null | undefined>(undefined);
/** Of an operator: the tenant whose things are shown; '' = everybody's. */
export const tenant = signal(keptTenant());
effect(() => keepTenant(tenant.value));

/** In this tab, it outlives a page that is loaded anew. */
function keepTenant(name: string): void {
  try {
    sessionStorage.setItem(KEPT, name);
  } catch {
    // Not kept, then.
  }
}

function keptTenant(): string {
  try {
    return sessionStorage.getItem(KEPT) ?? '';
  } catch {
    return '';
  }
}

/** What the server refused, in its words. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, code: string, detail: string, hint: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly json?: unknown;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers of every request; pages of other sites cannot send the first. */
export function pageHeaders(): Record<string, string> {
  return { 'sluice-page': '1', ...(tenant.value === '' ? {} : { 'sluice-tenant': tenant.value }) };
}

/** Throws `Problem` for a refusal, and what `fetch` throws where nobody answers. */
export async function ask<T>(path: string, given: Ask = {}): Promise<T> {
  return (await (await askRaw(path, given)).json()) as T;
}

export async function askRaw(path: string, given: Ask = {}): Promise<Response> {
  const { method = 'GET', json, signal: aborted, headers } = given;
  const answer = await fetch(path, {
    method,
    headers: {
      ...pageHeaders(),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(aborted === undefined ? {} : { signal: aborted }),
  });
  if (!answer.ok) throw await problemOf(answer.status, await answer.text());
  return answer;
}

export function problemOf(status: number, text: string): Problem {
  if (status === 401) me.value = null;
  try {
    const { code, detail, hint } = JSON.parse(text) as Record<string, string>;
    return new Problem(status, code ?? '', detail ?? `The answer is ${status}.`, hint ?? '');
  } catch {
    return new Problem(
      status,
      '',
      `The answer is ${status}.`,
      'The server or a proxy is in trouble.',
    );
  }
}

export async function findMe(): Promise<void> {
  try {
    me.value = await ask<Me>('/v1/me');
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'tenant.not_found' && tenant.value !== '') {
      // Gone meanwhile.
      tenant.value = '';
      return findMe();
    }
    me.value = null;
  }
}

export async function signIn(key: string): Promise<void> {
  tenant.value = '';
  me.value = await ask<Me>('/v1/session', { method: 'POST', json: { key } });
}

export async function signOut(): Promise<void> {
  await askRaw('/v1/session', { method: 'DELETE' });
  tenant.value = '';
  me.value = null;
}

/** Whether the key may at least do this. */
export function may(scope: 'run' | 'admin' | 'operator'): boolean {
  const who = me.value;
  if (!who) return false;
  if (scope === 'operator') return who.operator && who.scope === 'admin';
  return who.scope === 'admin' || who.scope === scope;
}
