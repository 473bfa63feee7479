/** The keyboard: every page's own keys and those of all pages. None of them destroys by itself. */
import { useEffect } from 'preact/hooks';
import { paused } from './live.ts';
import { PAGE_KEYS } from './page-keys.ts';
import { go } from './router.ts';
import { helpOpen, question } from './talk.ts';
import { turnTheme } from './theme.ts';
import { clock } from './ticking.ts';

export const HELP: readonly (readonly [string, string])[] = [
  [
    'g then n j l a f s c i h p b o e w',
    'Now, Jobs, Limits, Accounts, Failures, Schedules, Collections, Lead lists, Channels, Performance, Benchmarks, Nodes, Settings, New job',
  ],
  ['/', 'Filter'],
  ['j k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Close'],
  ['x', 'Select the row'],
  ['r', 'Try again what is selected, or the failures shown (asks first)'],
  ['c', 'Cancel what is selected, or the job shown (asks first)'],
  ['l', 'Live on or off'],
  ['t', 'Theme: system, light, dark'],
  ['.', 'Copy the command for what is shown'],
  ['?', 'This help'],
];

type Keys = Readonly<Record<string, () => void>>;
const layers = new Set<Keys>();
let goUntilMs = 0;

/** A page's own keys while it is shown. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    layers.add(keys);
    return () => {
      layers.delete(keys);
    };
  }, [keys]);
}

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (question.value !== undefined || helpOpen.value) return;
    const { key } = event;
    if (isTyping(event.target)) {
      if (key === 'Escape') (event.target as HTMLElement).blur();
      return;
    }
    if (act(key)) event.preventDefault();
  });
}

function act(key: string): boolean {
  const nowMs = clock.monoMs();
  if (nowMs < goUntilMs) {
    goUntilMs = 0;
    const page = PAGE_KEYS[key];
    if (page !== undefined) {
      go(page);
      return true;
    }
  }
  for (const keys of [...layers].reverse()) {
    const own = keys[key];
    if (own !== undefined) {
      own();
      return true;
    }
  }
  switch (key) {
    case 'g':
      goUntilMs = nowMs + 1_500;
      return true;
    case '/': {
      const filter = document.querySelector<HTMLElement>('[data-filter]');
      filter?.focus();
      return filter !== null;
    }
    case 'j':
      return moveRow(1);
    case 'k':
      return moveRow(-1);
    case 'l':
      paused.value = !paused.value;
      return true;
    case 't':
      turnTheme();
      return true;
    case '?':
      helpOpen.value = true;
      return true;
    default:
      return false;
  }
}

/** Rows are links or buttons marked `data-row`: focus moves over those of the page. */
function moveRow(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
  return row !== undefined;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement && !/^(?:checkbox|radio|button|file)$/.test(target.type)
  );
}

/** The row that has focus, by what `data-row` says. */
export function focusedRow(): string | undefined {
  return (document.activeElement as HTMLElement | null)?.dataset?.row;
}
