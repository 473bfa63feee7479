/** What is said where there is nothing to show, or where something went wrong. */
import type { ComponentChildren } from 'preact';
import { errorWords, type Resource } from '../resource.ts';
import { Icon } from './state.tsx';

export function Trouble({ error }: { readonly error: unknown }) {
  if (error === undefined) return null;
  const { what, todo } = errorWords(error);
  return (
    <div class="notice bad" role="alert">
      <Icon name="warning" />
      <p>
        <b>{what}</b> {todo}
      </p>
    </div>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

interface LoadedProps<T> {
  readonly of: Resource<T>;
  /** Lines of the place that is kept until it is there. */
  readonly lines?: number;
  readonly children: (data: T) => ComponentChildren;
}

/** The data, or its place; where it cannot be had anew, the last data with a word about it. */
export function Loaded<T>({ of, lines = 4, children }: LoadedProps<T>) {
  const { data, error } = of;
  return (
    <>
      <Trouble error={error} />
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={lines} />
        ) : null
      ) : (
        <div class={error === undefined ? undefined : 'stale'}>{children(data)}</div>
      )}
    </>
  );
}

export function Skeleton({ lines }: { readonly lines: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}
