/**
 * The one stream of events that a tab has. It goes on behind the last event that was seen, whether
 * the connection broke, the server was restarted or the reader looked away; where that is no longer
 * possible, the server sends `reset` and a new snapshot. Paused means that nothing is asked at all.
 */
import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PageTimer } from '../base/page-clock.ts';
import { findMe, me, tenant } from './api.ts';
import { clock, nowMs, visible } from './ticking.ts';

const EVENTS = [
  'snapshot',
  'reset',
  'job.state',
  'job.planned',
  'job.progress',
  'job.waits',
  'task.failed',
  'task.note',
  'task.omitted',
] as const;
export type EventName = (typeof EVENTS)[number];
export type OnEvent = (name: EventName, data: unknown) => void;

const AGAIN_MS = 1_000;
const AGAIN_MS_MAX = 10_000;

/** The reader's own wish (`l`). */
export const paused = signal(false);
const connected = signal(false);
const followed = signal<string | undefined>(undefined);
/** When the server was last heard, wall ms; undefined: not yet. */
export const heardMs = signal<number | undefined>(undefined);

/** When it is tried again to reach the server, wall ms. */
const againAtMs = signal<number | undefined>(undefined);

export type LiveState = 'live' | 'paused' | 'reconnecting' | 'connecting';
export const liveState = computed<LiveState>(() => {
  if (paused.value || !visible.value) return 'paused';
  if (connected.value || followed.value === undefined) return 'live';
  return heardMs.value === undefined ? 'connecting' : 'reconnecting';
});
/** Whether anything may be asked without the reader's doing. */
export const mayAsk = computed(() => !paused.value && visible.value && !!me.value);

let onEvent: OnEvent = () => {};
let source: EventSource | undefined;
let lastId = '';
let againMs = AGAIN_MS;
let again: PageTimer | undefined;

/** Follows `path` (`/v1/events` or a job's) while the caller is shown; undefined: nothing. */
export function useLive(path: string | undefined, take: OnEvent): void {
  useEffect(() => {
    if (path === undefined) return;
    onEvent = take;
    lastId = '';
    followed.value = path;
    return () => {
      if (followed.peek() === path) followed.value = undefined;
      onEvent = () => {};
    };
  }, [path, take]);
}

/** Opens and closes as wanted; called once. */
export function startLive(): void {
  effect(() => {
    const path = mayAsk.value ? followed.value : undefined;
    // Another tenant's events are another stream.
    const narrowed = tenant.value;
    close();
    if (path !== undefined) open(path, narrowed);
  });
}

function open(path: string, narrowed: string): void {
  const query = new URLSearchParams();
  if (lastId !== '') query.set('after', lastId);
  if (narrowed !== '' && path === '/v1/events') query.set('tenant', narrowed);
  const text = query.toString();
  const opened = new EventSource(text === '' ? path : `${path}?${text}`);
  source = opened;
  const hear = () => {
    connected.value = true;
    heardMs.value = clock.wallMs();
    againMs = AGAIN_MS;
  };
  opened.addEventListener('open', hear);
  for (const name of EVENTS) {
    opened.addEventListener(name, (event) => {
      if (source !== opened) return;
      hear();
      // A reset comes without a number: what was seen before counts for nothing then.
      if (name === 'reset') lastId = '';
      else if (event.lastEventId !== '') lastId = event.lastEventId;
      onEvent(name, JSON.parse(event.data as string));
    });
  }
  // Not left to the browser, which gives up at the first answer that is none.
  opened.addEventListener('error', () => {
    if (source !== opened) return;
    close();
    later(path, narrowed);
  });
}

function later(path: string, narrowed: string): void {
  againAtMs.value = clock.wallMs() + againMs;
  again = clock.after(againMs, () => void comeBack(path, narrowed));
  againMs = Math.min(againMs * 2, AGAIN_MS_MAX);
}

async function comeBack(path: string, narrowed: string): Promise<void> {
  again = undefined;
  try {
    await findMe();
  } catch {
    // Nobody answers: told by the chip, and tried again.
    if (source !== undefined || again !== undefined || followed.peek() !== path) return;
    later(path, narrowed);
    return;
  }
  if (me.peek() && mayAsk.peek() && source === undefined && followed.peek() === path) {
    open(path, narrowed);
  }
}

function close(): void {
  again?.cancel();
  again = undefined;
  againAtMs.value = undefined;
  source?.close();
  source = undefined;
  connected.value = false;
}

/** How long until it is tried again, ms; 0: now, or not at all. */
export const againInMs = computed(() =>
  againAtMs.value === undefined ? 0 : Math.max(0, againAtMs.value - nowMs.value),
);

/** How long ago the server was heard, ms. */
export const silentMs = computed(() =>
  heardMs.value === undefined ? 0 : Math.max(0, nowMs.value - heardMs.value),
);
