/** The rows of a new job: a file that is dropped or picked, or text that is pasted. */
import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Problem } from '../api.ts';
import { note } from '../talk.ts';
import { Field } from '../ui/field.tsx';
import { Trouble } from '../ui/notice.tsx';
import { propertiesOf } from '../ui/schema-form.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { Said } from '../ui/text.tsx';
import type { Collector } from '../wire.ts';
import { bytes, plural } from '../words.ts';
import { type Preview, previewOf, rowsOf } from './input-preview.ts';

const HEAD_BYTES = 64 * 1_024;
/** Longer files are not read twice for the number on a button. */
const COUNTED_BYTES_MAX = 64 * 2 ** 20;

export interface Chosen {
  readonly blob: Blob;
  readonly name: string;
  readonly preview: Preview;
  /** undefined: not counted. */
  readonly rows: number | undefined;
}

interface PickerProps {
  readonly collector: Collector;
  readonly chosen: Signal<Chosen | undefined>;
  readonly column: Signal<string>;
  /** What the form was refused for; gone with other rows. */
  readonly error: Signal<unknown>;
}

/** Whether it is the rows that were refused, and not an option. */
export function isOfInput(error: unknown): boolean {
  return error instanceof Problem && error.code.startsWith('input.');
}

export function InputPicker({ collector, chosen, column, error }: PickerProps) {
  const id = useId();
  const over = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const refused = isOfInput(error.value) ? error.value : undefined;
  // The button that was pressed may be a screen below.
  useEffect(() => {
    if (refused !== undefined) field.current?.focus();
  }, [refused]);
  const choose = (rows: Chosen) => {
    if (!rows.preview.columns.includes(column.value)) column.value = '';
    chosen.value = rows;
  };
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    error.value = undefined;
    try {
      choose(await chosenOf(file, file.name));
    } catch {
      chosen.value = undefined;
      note(`${file.name} cannot be read.`, true);
    }
  };
  const paste = async (text: string) => {
    error.value = undefined;
    if (text.trim() === '') {
      chosen.value = undefined;
      return;
    }
    choose(await chosenOf(new Blob([`${text.trim()}\n`]), 'pasted'));
  };
  const { columnFor } = collector;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the field inside does the same */}
      <div
        class={over.value ? 'drop drop-over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => {
          over.value = false;
        }}
        onDrop={(event) => {
          event.preventDefault();
          over.value = false;
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <label for={`${id}f`}>
          Drop a file here, or pick one: CSV, TSV, JSON lines or plain lines, gzip’d or not
        </label>
        <input
          id={`${id}f`}
          ref={field}
          type="file"
          aria-invalid={refused !== undefined}
          aria-describedby={refused === undefined ? undefined : `${id}e`}
          accept=".csv,.tsv,.txt,.jsonl,.ndjson,.gz,text/*"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
      </div>
      <div id={`${id}e`}>
        <Trouble error={refused} />
      </div>
      <details>
        <summary>Or paste rows</summary>
        <Field id={`${id}p`} label="Rows" help="As in a file: one a line, or CSV with headings.">
          <textarea
            id={`${id}p`}
            rows={6}
            onChange={(event) => void paste(event.currentTarget.value)}
          />
        </Field>
      </details>
      {chosen.value === undefined ? null : (
        <>
          <p>
            <b>
              <Said text={chosen.value.name} max={80} />
            </b>
            , {bytes(chosen.value.blob.size)}
            {chosen.value.rows === undefined ? '' : `, ${plural(chosen.value.rows, 'row')}`}
          </p>
          <Mapping collector={collector} preview={chosen.value.preview} />
          {columnFor === undefined || chosen.value.preview.columns.length === 0 ? null : (
            <Field id={`${id}c`} label={`Column with the ${columnFor}`}>
              <select
                id={`${id}c`}
                value={column.value}
                onChange={(event) => {
                  column.value = event.currentTarget.value;
                }}
              >
                <option value="">found by itself</option>
                {chosen.value.preview.columns.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </Field>
          )}
          <Rows preview={chosen.value.preview} marked={column.value} />
        </>
      )}
    </>
  );
}

/** Whether the columns are those that the collector takes. */
function Mapping({
  collector,
  preview,
}: {
  readonly collector: Collector;
  readonly preview: Preview;
}) {
  if (collector.columnFor !== undefined || preview.columns.length === 0) return null;
  const missing = propertiesOf(collector.input)
    .filter(({ name, required }) => required && !preview.columns.includes(name))
    .map(({ name }) => name);
  if (missing.length === 0) return null;
  return (
    <p class="bad-text" role="alert">
      {plural(missing.length, 'column')} that it needs {missing.length === 1 ? 'is' : 'are'} not
      there: {missing.join(', ')}.
    </p>
  );
}

function Rows({ preview, marked }: { readonly preview: Preview; readonly marked: string }) {
  const { columns, rows, isText } = preview;
  if (!isText) {
    return <p class="empty">It is no plain text; the server says whether it can be read.</p>;
  }
  if (rows.length === 0) return <p class="empty">There is no row in it.</p>;
  const at = columns.indexOf(marked);
  return (
    <Scroll label="The first rows">
      <table>
        {columns.length === 0 ? null : (
          <thead>
            <tr>
              {columns.map((name, i) => (
                <th key={i} scope="col" class={i === at ? 'marked' : undefined}>
                  <Said text={name} max={40} />
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              {row.map((cell, i) => (
                <td key={i} class={i === at ? 'marked' : undefined}>
                  <Said text={cell} max={80} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

async function chosenOf(blob: Blob, name: string): Promise<Chosen> {
  const packed = /\.gz$/i.test(name);
  const whole = !packed && blob.size <= HEAD_BYTES;
  const preview = previewOf(await headOf(blob, packed), whole);
  const counted = preview.isText && !packed && blob.size <= COUNTED_BYTES_MAX;
  const rows = counted ? rowsOf(await blob.text(), preview) : undefined;
  return { blob, name, preview, rows };
}

async function headOf(blob: Blob, packed: boolean): Promise<string> {
  if (!packed) return blob.slice(0, HEAD_BYTES).text();
  const reader = blob.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < HEAD_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
