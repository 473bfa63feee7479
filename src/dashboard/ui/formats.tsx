/** Links to a download in each of its formats. */

const FORMATS: readonly (readonly [string, string])[] = [
  ['csv', 'CSV'],
  ['xlsx', 'Excel'],
  ['jsonl', 'JSON lines'],
  ['json', 'JSON'],
  ['tsv', 'TSV'],
  ['parquet', 'Parquet'],
];

interface FormatsProps {
  readonly word: string;
  /** With a query. */
  readonly href: string;
  readonly close: () => void;
}

export function Formats({ word, href, close }: FormatsProps) {
  return (
    <>
      <p>
        <b>{word}</b>
      </p>
      <p class="buttons">
        {FORMATS.map(([format, name]) => (
          <a
            key={format}
            class="button"
            download
            href={`${href}&format=${format}&safeFormulas=results`}
            onClick={close}
          >
            {name}
          </a>
        ))}
      </p>
    </>
  );
}
