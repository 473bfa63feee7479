/** What may be wider or longer than its place: scrolled alone, by keys as well. */
import type { ComponentChildren } from 'preact';
import { Said } from './text.tsx';

interface ScrollProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Scroll({ label, children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: else keys could not scroll it
    <section class="scroll" tabIndex={0} aria-label={label}>
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
