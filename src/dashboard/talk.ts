/** What is said beside the page: to screen readers, in short notes, and in questions. */
import { signal } from '@preact/signals';
import { clock } from './ticking.ts';

/** Spoken politely; at most every ten seconds, unless it is urgent. */
export const spoken = signal('');
let spokenMs = 0;

export function speak(text: string, urgent = false): void {
  const atMs = clock.monoMs();
  if (!urgent && spokenMs !== 0 && atMs - spokenMs < 10_000) return;
  spokenMs = atMs;
  spoken.value = text;
}

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
  readonly then?: NoteAct | undefined;
}

/** What can be done about it, such as to undo it. */
export interface NoteAct {
  readonly act: string;
  run(): Promise<void>;
}

const SHORT_MS = 8_000;
/** Time enough to reach the button by keys. */
const WITH_ACT_MS = 20_000;

export const notes = signal<readonly Note[]>([]);
let noteCount = 0;

/** A short note that goes by itself; a bad one stays until it is closed. */
export function note(text: string, more: boolean | NoteAct = false): void {
  noteCount += 1;
  const id = noteCount;
  const bad = more === true;
  const then = typeof more === 'boolean' ? undefined : more;
  notes.value = [...notes.value.slice(-3), { id, text, bad, then }];
  speak(text, true);
  if (!bad) clock.after(then === undefined ? SHORT_MS : WITH_ACT_MS, () => dropNote(id));
}

/** What could not be done, as a note that stays. */
export function noteError(error: unknown): void {
  note(error instanceof Error ? error.message : String(error), true);
}

export function dropNote(id: number): void {
  notes.value = notes.value.filter((each) => each.id !== id);
}

export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button says: with its size. */
  readonly act: string;
  readonly bad?: boolean;
  run(): Promise<void>;
}

/** The question that is open. */
export const question = signal<Question | undefined>(undefined);
export const helpOpen = signal(false);
