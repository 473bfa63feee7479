/** What list pages are made of: a table with its columns, what is said without rows, a way on. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Resource } from '../resource.ts';
import { Loaded } from './notice.tsx';
import { Scroll } from './scroll.tsx';

interface Column {
  readonly word: string;
  /** Of its cells as well, such as `number`. */
  readonly class?: string;
  /** Told, not shown: its cells speak for themselves. */
  readonly unseen?: true;
}
export type Columns = readonly (string | Column)[];

/** A column of numbers. */
export function numbers(word: string): Column {
  return { word, class: 'number' };
}

/** The column of buttons. */
export const DO: Column = { word: 'Do', unseen: true };

interface TableProps<T> {
  readonly label: string;
  readonly columns: Columns;
  readonly rows: readonly T[];
  /** A `tr` with its key. */
  readonly children: (row: T) => ComponentChildren;
}

/** Scrolled sideways by itself where it is too wide. */
export function Table<T>({ label, columns, rows, children }: TableProps<T>) {
  return (
    <Scroll label={label}>
      <table>
        <thead>
          <tr>
            {columns.map((given) => {
              const column = typeof given === 'string' ? { word: given } : given;
              return (
                <th key={column.word} scope="col" class={column.class}>
                  {column.unseen ? <span class="unseen">{column.word}</span> : column.word}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{rows.map(children)}</tbody>
      </table>
    </Scroll>
  );
}

interface ListedProps<D, T> extends Omit<TableProps<T>, 'rows'> {
  readonly of: Resource<D>;
  readonly rows: (data: D) => readonly T[];
  /** What is said where there are none. */
  readonly none?: ComponentChildren;
  /** Lines of the place that is kept until they are there. */
  readonly lines?: number;
}

/** What was asked for as a table: its place until it is there, or what went wrong. */
export function Listed<D, T>({ of, rows, none, lines = 6, ...table }: ListedProps<D, T>) {
  return (
    <Loaded of={of} lines={lines}>
      {(data) => {
        const found = rows(data);
        if (found.length === 0 && none !== undefined) return none;
        return <Table {...table} rows={found} />;
      }}
    </Loaded>
  );
}

interface OpensProps {
  readonly word: string;
  readonly children: (close: () => void) => ComponentChildren;
}

/** The button of a page, and the dialog that it opens. */
export function Opens({ word, children }: OpensProps) {
  const open = useSignal(false);
  const turn = (to: boolean) => () => {
    open.value = to;
  };
  return (
    <>
      <p class="buttons">
        <button type="button" class="main" onClick={turn(true)}>
          {word}
        </button>
      </p>
      {open.value ? children(turn(false)) : null}
    </>
  );
}

interface PagerProps {
  /** Whether this is the first page. */
  readonly first: boolean;
  readonly next: string | undefined;
  /** undefined: to the first. */
  readonly go: (after: string | undefined) => void;
}

/** Behind an item, never at a number. */
export function Pager({ first, next, go }: PagerProps) {
  if (first && next === undefined) return null;
  return (
    <p class="buttons">
      {first ? null : (
        <button type="button" onClick={() => go(undefined)}>
          First
        </button>
      )}
      {next === undefined ? null : (
        <button type="button" onClick={() => go(next)}>
          Next
        </button>
      )}
    </p>
  );
}
