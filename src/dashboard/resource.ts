/** What a page asks for: the last answer stays where a new one is on its way or cannot be had. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { ask, me, Problem, tenant } from './api.ts';
import { heardMs, mayAsk } from './live.ts';
import { clock, useEvery } from './ticking.ts';

export interface Resource<T> {
  readonly data: T | undefined;
  /** Of the last try. */
  readonly error: unknown;
  /** Where `unwanted` is true by the time the answer is there, the last one stays. */
  reload(unwanted?: () => boolean): Promise<void>;
  /** Puts a newer answer in its place. */
  set(data: T): void;
}

/** `path` undefined: nothing is asked. `everyMs`: again and again, while the page is live. */
export function useResource<T>(path: string | undefined, everyMs = 0): Resource<T> {
  const data = useSignal<T | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const asked = useRef<AbortController | undefined>(undefined);
  const reload = useCallback(
    async (unwanted?: () => boolean) => {
      if (path === undefined || !me.peek()) return;
      asked.current?.abort();
      const controller = new AbortController();
      asked.current = controller;
      try {
        const answer = await ask<T>(path, { signal: controller.signal });
        if (controller.signal.aborted || unwanted?.()) return;
        heardMs.value = clock.wallMs();
        data.value = answer;
        error.value = undefined;
      } catch (thrown) {
        if (!controller.signal.aborted) error.value = thrown;
      }
    },
    [path, data, error],
  );
  useEffect(() => {
    data.value = undefined;
    error.value = undefined;
    void reload();
    return () => asked.current?.abort();
  }, [reload, data, error]);
  useSignalEffect(() => {
    // Another tenant's view is another answer.
    if (tenant.value !== seenTenant.current) {
      seenTenant.current = tenant.value;
      void reload();
    }
  });
  const seenTenant = useRef(tenant.peek());
  useEvery(everyMs || 60_000, everyMs > 0 && mayAsk.value, reload);
  const set = useCallback(
    (answer: T) => {
      data.value = answer;
    },
    [data],
  );
  return { data: data.value, error: error.value, reload, set };
}

/** What went wrong, and what to do, for people. */
export function errorWords(error: unknown): { readonly what: string; readonly todo: string } {
  if (error instanceof Problem) return { what: error.message, todo: error.hint };
  return {
    what: 'The server does not answer.',
    todo: 'What is shown is from before; it is tried again by itself.',
  };
}
