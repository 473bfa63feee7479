/** The theme: the system's unless the reader chose one. */
import { effect, signal } from '@preact/signals';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const KEPT = 'sluice.theme';

export const theme = signal<Theme>(kept());
/** Counts changes of what is seen: charts are drawn anew. */
export const themeTurns = signal(0);

export function startTheme(): void {
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === 'system') delete dataset.theme;
    else dataset.theme = theme.value;
    themeTurns.value = themeTurns.peek() + 1;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    themeTurns.value += 1;
  });
}

export function turnTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] as Theme;
  theme.value = next;
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Not kept, then.
  }
}

function kept(): Theme {
  try {
    const found = localStorage.getItem(KEPT);
    return THEMES.find((each) => each === found) ?? 'system';
  } catch {
    return 'system';
  }
}
