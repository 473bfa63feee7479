/** What `sluice demo leads` shows while it works: a line a user, redrawn where that can be. */
import { count } from '../../engine/job-words.ts';
import type { Account } from '../../model/account.ts';

export interface UserLine {
  readonly user: string;
  readonly leads: number;
  /** What the truth has for the user. */
  readonly expected: number;
  readonly done: number;
  readonly lists: number;
  readonly accounts: readonly Account[];
}

const BAR_CELLS = 16;

export function userLine(line: UserLine, nowMs: number): string {
  const { user, leads, expected, done, lists, accounts } = line;
  const share = expected === 0 ? 1 : Math.min(1, leads / expected);
  const cells = Math.round(share * BAR_CELLS);
  const bar = '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells);
  const amount = `${count(leads).padStart(6)} of ${count(expected)} leads`;
  const states = accounts.map((account) => `${account.name} ${stateOf(account, nowMs)}`);
  return `  ${user.padEnd(6)} ${bar} ${amount}  ${done} of ${lists} lists  ${states.join(', ')}`;
}

/** In a word: what keeps an account from being used, if anything. */
function stateOf({ state, quotas, restUntilMs }: Account, nowMs: number): string {
  if (state === 'quarantined') return 'SUSPENDED';
  const until = Object.values(quotas)
    .filter(({ remaining, resetMs }) => remaining === 0 && resetMs > nowMs)
    .map(({ resetMs }) => resetMs);
  const restMs = Math.max(restUntilMs ?? 0, ...until) - nowMs;
  return restMs > 0 ? `rests ${Math.ceil(restMs / 1_000)} s` : 'ready';
}

/** Writes a block over the one before, where the screen allows it; else now and then a new one. */
export class Board {
  readonly #write: (text: string) => void;
  readonly #live: boolean;
  readonly #width: number;
  #height = 0;

  constructor(write: (text: string) => void, live: boolean, width: number) {
    this.#write = write;
    this.#live = live;
    this.#width = width;
  }

  draw(lines: readonly string[]): void {
    if (!this.#live) {
      this.#write(`${lines.join('\n')}\n`);
      return;
    }
    const up = this.#height === 0 ? '' : `\x1b[${this.#height}A\x1b[J`;
    this.#write(`${up}${lines.map((line) => line.slice(0, this.#width)).join('\n')}\n`);
    this.#height = lines.length;
  }
}
