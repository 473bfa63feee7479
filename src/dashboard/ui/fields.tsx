/** A value as a person reads it: its fields by name; as data behind that. */
import { inputWords } from '../input-words.ts';
import { valueText } from '../words.ts';
import { Json } from './scroll.tsx';
import { Said } from './text.tsx';

const FIELDS_MAX = 40;
const TEXT_MAX = 2_000;

interface FieldsProps {
  readonly value: unknown;
  readonly label: string;
}

export function Fields({ value, label }: FieldsProps) {
  if (value === undefined) return <span class="quiet">—</span>;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return isPlain(value) ? (
      <p>
        <Said text={valueText(value)} max={TEXT_MAX} />
      </p>
    ) : (
      <Json value={value} label={label} />
    );
  }
  const fields = Object.entries(value);
  return (
    <>
      <dl class="facts-list">
        {fields.slice(0, FIELDS_MAX).map(([name, each]) => (
          <div key={name}>
            <dt>
              <Said text={name} max={60} />
            </dt>
            <dd>
              {isPlain(each) ? (
                <Said text={valueText(each) || '—'} max={TEXT_MAX} />
              ) : (
                <Json value={each} label={`${label}: ${name}`} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      <details class="as-data">
        <summary>As data</summary>
        <Json value={value} label={label} />
      </details>
    </>
  );
}

/** A row's input on one line: what it is about, and the rest quietly behind it. */
export function RowInput({
  input,
  column,
}: {
  readonly input: unknown;
  readonly column?: string | undefined;
}) {
  const { main, more } = inputWords(input, column);
  return (
    <>
      <Said text={main === '' ? '—' : main} max={120} />
      {more.length === 0 ? null : (
        <span class="quiet small">
          {' '}
          <Said text={more.join(', ')} max={120} />
        </span>
      )}
    </>
  );
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((each) => typeof each !== 'object');
  return typeof value !== 'object' || value === null;
}
