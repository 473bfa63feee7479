/**
 * The live block on a terminal: redrawn at most ten times a second, only the lines that changed,
 * never taller than the screen. Lines of talk scroll above it. The cursor comes back on any exit.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
import { blockage, count, rate, standstill } from '../../engine/job-words.ts';
import type { SequencedEvent } from '../../model/event.ts';
import type { FailureGroup } from '../../store/store.ts';
import type { Display, JobView, Summary } from './display.ts';
import { LatestNotes } from './latest-notes.ts';
import { accountAdvice, done, eta, failureLines, share, summaryLine } from './words.ts';

const BAR_CELLS = 20;
const LANES_SHOWN = 4;
const NOTES_SHOWN = 6;
const FAILURES_SHOWN = 8;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Begins and ends an update that the terminal shows in one piece. */
const SYNC_ON = '\x1b[?2026h';
const SYNC_OFF = '\x1b[?2026l';

/** The sequences that style text, kept by `split`. */
const STYLES = /(\x1b\[[\d;]*m)/;

type Style = Parameters<typeof styleText>[0];
type Flags = Readonly<Record<string, unknown>>;

export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

/** A terminal that nobody has told its size says 0. */
function columnsOf({ columns }: Terminal): number {
  return columns || 80;
}

export class TtyDisplay implements Display {
  readonly everyMs = 100;
  readonly #terminal: Terminal;
  readonly #colour: boolean;
  readonly #flags: Flags;
  readonly #notes = new LatestNotes();
  #shown: string[] = [];
  #width = 0;

  /** `flags`: of the command, for others that it names. */
  constructor(terminal: Terminal, colour: boolean, flags: Flags = {}) {
    this.#terminal = terminal;
    this.#colour = colour;
    this.#flags = flags;
  }

  start(view: JobView): void {
    this.#terminal.write(HIDE_CURSOR);
    this.#draw(this.#block(view));
  }

  event(event: SequencedEvent): void {
    this.#notes.apply(event);
  }

  tick(view: JobView): void {
    this.#draw(this.#block(view));
  }

  say(line: string): void {
    const block = this.#shown;
    this.#erase();
    this.#terminal.write(`${line}\n`);
    this.#draw(block);
  }

  end(view: JobView, summary: Summary, failures: readonly FailureGroup[]): void {
    this.#erase();
    const sign =
      summary.state === 'completed' ? this.#style('green', '✔') : this.#style('yellow', '●');
    this.#terminal.write(
      `${SHOW_CURSOR}${this.#fit(this.#lastLine(view))}\n${sign} ${summaryLine(summary)}\n`,
    );
    const { failure } = view.job;
    if (failure) this.#terminal.write(`${this.#fit(this.#style('red', `  ${failure.message}`))}\n`);
    for (const line of failureLines(failures, FAILURES_SHOWN)) {
      this.#terminal.write(`${this.#fit(this.#style('red', line))}\n`);
    }
  }

  /** Gives the terminal back as it was, wherever the display was. */
  restore(): void {
    this.#terminal.write(SHOW_CURSOR);
  }

  #block(view: JobView): string[] {
    const still = standstill(view);
    const lines = [this.#headline(view)];
    if (still !== undefined) lines.push(`  ${this.#style('yellow', still)}`);
    const advice = accountAdvice(view.blockages, this.#flags);
    if (advice !== undefined) lines.push(`  ${advice}`);
    for (const note of this.#notes.lines(view.wallMs, NOTES_SHOWN)) lines.push(`  ${note}`);
    for (const blocked of view.blockages.slice(still === undefined ? 0 : 1, LANES_SHOWN)) {
      lines.push(`  ${this.#style('dim', blockage(blocked, view))}`);
    }
    lines.push(this.#style('dim', `  ${view.hint}`));
    const most = Math.max(2, (this.#terminal.rows ?? 24) - 1);
    return lines.length <= most ? lines : [...lines.slice(0, most - 1), lines.at(-1) as string];
  }

  #headline(view: JobView): string {
    const { progress, job } = view;
    const { counters } = progress;
    const parts = [
      this.#style('bold', job.collector.split('/').at(-1) as string),
      this.#bar(share(progress)),
      done(progress),
      progress.perSecond === undefined ? '—' : rate(progress.perSecond),
      eta(progress),
      `running ${count(progress.running)}`,
      counters.waiting > 0 ? `retry ${count(counters.waiting)}` : '',
      counters.discarded > 0 ? this.#style('red', `failed ${count(counters.discarded)}`) : '',
      counters.records > 0 ? `records ${count(counters.records)}` : '',
    ];
    return parts.filter((part) => part !== '').join('  ');
  }

  /** What is left of the block: how far it came. */
  #lastLine({ job, progress }: JobView): string {
    const name = this.#style('bold', job.collector.split('/').at(-1) as string);
    return `${name}  ${this.#bar(share(progress))}  ${done(progress)}`;
  }

  /** Without a total there is no share: a striped bar says that it is not known yet. */
  #bar(part: number | undefined): string {
    if (part === undefined) return this.#style('dim', '▒'.repeat(BAR_CELLS));
    const full = Math.min(BAR_CELLS, Math.floor(part * BAR_CELLS));
    return (
      this.#style('green', '█'.repeat(full)) + this.#style('dim', '░'.repeat(BAR_CELLS - full))
    );
  }

  #draw(lines: readonly string[]): void {
    const width = columnsOf(this.#terminal);
    const fitted = lines.map((line) => this.#fit(line));
    if (width !== this.#width) this.#erase();
    this.#width = width;
    if (fitted.length < this.#shown.length) this.#erase();
    let out = this.#shown.length > 0 ? `\x1b[${this.#shown.length}A` : '';
    fitted.forEach((line, i) => {
      out += line === this.#shown[i] ? '\x1b[1B' : `\r\x1b[2K${line}\n`;
    });
    if (out !== '') this.#terminal.write(`${SYNC_ON}${out}\r${SYNC_OFF}`);
    this.#shown = fitted;
  }

  /**
   * A terminal that was narrowed has wrapped what was shown: it stands on more lines than it had.
   */
  #erase(): void {
    const width = columnsOf(this.#terminal);
    const lines = this.#shown.reduce((sum, line) => {
      return sum + Math.max(1, Math.ceil(stripVTControlCharacters(line).length / width));
    }, 0);
    if (lines > 0) this.#terminal.write(`\x1b[${lines}A\r\x1b[0J`);
    this.#shown = [];
  }

  /** Cuts a line at the terminal's width, styles kept; a wrapped line would break the redraw. */
  #fit(line: string): string {
    const width = columnsOf(this.#terminal) - 1;
    if (stripVTControlCharacters(line).length <= width) return line;
    let left = width - 1;
    const parts = line.split(STYLES).map((part) => {
      if (part.startsWith('\x1b')) return part;
      const kept = part.slice(0, left);
      left -= kept.length;
      return kept;
    });
    return `${parts.join('')}…`;
  }

  #style(style: Style, text: string): string {
    return this.#colour ? styleText(style, text, { validateStream: false }) : text;
  }
}
