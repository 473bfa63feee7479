/** The heading of a page, which gets focus when the page is come to, and the title of the tab. */
import { useEffect } from 'preact/hooks';

interface TitleProps {
  readonly text: string;
  /** For the tab. */
  readonly page: string;
}

export function Title({ text, page }: TitleProps) {
  useEffect(() => {
    document.title = `${page} · Sluice`;
  }, [page]);
  return (
    <h1 tabIndex={-1} class="headline">
      {text}
    </h1>
  );
}
