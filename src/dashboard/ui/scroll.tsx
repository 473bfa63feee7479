/** What may be wider or longer than its place: scrolled alone, by keys as well. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Said } from './text.tsx';

interface ScrollProps {
  readonly label: string;
  /** Begins at its right end: where the newest is. */
  readonly atEnd?: boolean;
  readonly children: ComponentChildren;
}

export function Scroll({ label, atEnd = false, children }: ScrollProps) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (atEnd && element.current !== null) element.current.scrollLeft = element.current.scrollWidth;
  }, [atEnd]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: else keys could not scroll it
    <section ref={element} class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}

/** Data as it is. */
export function Json({
  value,
  label = 'Data',
}: {
  readonly value: unknown;
  readonly label?: string;
}) {
  if (value === undefined) return <span class="quiet">—</span>;
  return (
    <Scroll label={label}>
      <pre>
        <Said text={JSON.stringify(value, undefined, 2)} max={20_000} />
      </pre>
    </Scroll>
  );
}
