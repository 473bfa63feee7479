/** A button of one row among many: read aloud with the name of what it is for. */

interface RowButtonProps {
  /** `Remove…` asks first. */
  readonly word: string;
  readonly of: string;
  readonly act: () => void;
}

export function RowButton({ word, of, act }: RowButtonProps) {
  const label = word.endsWith('…') ? `${word} ${of}` : `${word}: ${of}`;
  return (
    <button type="button" aria-label={label} onClick={act}>
      {word}
    </button>
  );
}
