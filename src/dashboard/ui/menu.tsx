/** What opens below its button, and closes by Esc or when something of it was chosen. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface MenuProps {
  readonly word: string;
  readonly children: (close: () => void) => ComponentChildren;
}

export function Menu({ word, children }: MenuProps) {
  const element = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (element.current !== null) element.current.open = false;
  };
  return (
    <details
      ref={element}
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !element.current?.open) return;
        event.stopPropagation();
        close();
        element.current.querySelector('summary')?.focus();
      }}
    >
      <summary class="button main">{word}</summary>
      <div class="menu-body">{children(close)}</div>
    </details>
  );
}
