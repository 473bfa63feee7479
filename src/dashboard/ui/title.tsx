/** The heading of a page, which gets focus when the page is come to, and the title of the tab. */
import { useEffect, useRef } from 'preact/hooks';
import { moves } from '../router.ts';

/** The last move after which a heading got focus. */
let focusedMove = 0;

interface TitleProps {
  readonly text: string;
  /** For the tab. */
  readonly page: string;
}

export function Title({ text, page }: TitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const moved = moves.value;
  useEffect(() => {
    // As if the page had been loaded; not at the first. A page that comes later gets it then.
    if (moved <= focusedMove) return;
    focusedMove = moved;
    heading.current?.focus();
  }, [moved]);
  useEffect(() => {
    document.title = `${page} · Sluice`;
  }, [page]);
  return (
    <h1 ref={heading} tabIndex={-1} class="headline">
      {text}
    </h1>
  );
}
