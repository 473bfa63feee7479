/** Trying a group of failures again, where that can help; else why not. */
import { may } from '../api.ts';
import { count, plural } from '../words.ts';

interface Some {
  readonly count: number;
  /** Those that trying again may help. */
  readonly retriable: number;
}

interface RetryTheseProps extends Some {
  readonly onRetry: () => void;
}

export function RetryThese({ count: all, retriable, onRetry }: RetryTheseProps) {
  if (!may('run') || retriable === 0) return null;
  return (
    <button type="button" onClick={onRetry}>
      Retry these {count(retriable)}
      {retriable < all ? ` of ${count(all)}` : ''}
    </button>
  );
}

/** Why rows are not tried again, and what to do with them. */
export function WhyNot({ count: all, retriable }: Some) {
  const left = all - retriable;
  if (left === 0) return null;
  const rows = retriable === 0 ? (all === 1 ? 'This row' : 'These rows') : plural(left, 'row');
  return (
    <p class="small">
      {rows} would fail again: what came in is at fault. Mend {left === 1 ? 'it' : 'them'} in the
      CSV, and send that as a new job.
    </p>
  );
}
