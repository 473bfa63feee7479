import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { type Job, NO_COUNTERS } from '../../model/job.ts';
import type { Blockage } from '../../model/lane.ts';
import type { JobView } from './display.ts';
import { TtyDisplay } from './tty-display.ts';

function view(running: number, notes: string): JobView {
  const counters = { ...NO_COUNTERS, tasks: 1_000, completed: 250, discarded: 3, waiting: 7 };
  return {
    job: { id: 'j', collector: 'contacts', counters } as unknown as Job,
    progress: {
      jobId: 'j',
      state: 'running',
      counters,
      running,
      planned: true,
      perSecond: 41.2,
      etaMs: [9_000, 14_400],
      etaLimit: undefined,
    },
    blockages: [
      {
        lane: `host:${notes}`,
        reason: 'rest',
        wakeAtMs: 5_000,
        waiting: 3,
        inUse: 0,
        slots: 2,
        perSecond: undefined,
      },
    ],
    nowMs: 0,
    nextDueMs: undefined,
    wallMs: 0,
    hint: 'Ctrl-C to drain',
  };
}

/** A terminal that understands what the display uses, as far as the screen is concerned. */
class Screen {
  columns: number;
  readonly rows = 24;
  lines: string[] = [''];
  heard = '';
  #row = 0;
  #raw = '';

  constructor(columns: number) {
    this.columns = columns;
  }

  get raw(): string {
    return this.#raw;
  }

  write(text: string): void {
    this.#raw += text;
    for (const part of text.split(/(\x1b\[\??[\d;]*[A-Za-z]|\r|\n)/)) this.#take(part);
  }

  #take(part: string): void {
    const move = /^\x1b\[(\d+)([AB])$/.exec(part);
    if (move) this.#row += Number(move[1]) * (move[2] === 'A' ? -1 : 1);
    else if (part === '\n') this.#row += 1;
    else if (part === '\x1b[2K') this.lines[this.#row] = '';
    else if (part === '\x1b[0J') this.lines.length = this.#row;
    else if (part !== '' && !part.startsWith('\x1b') && part !== '\r') {
      assert.ok(part.length < this.columns, `a line of ${part.length} columns would wrap`);
      this.lines[this.#row] = (this.lines[this.#row] ?? '') + part;
    }
  }
}

describe('the live block', () => {
  it('is redrawn in place, changed lines only', () => {
    const screen = new Screen(120);
    const display = new TtyDisplay(screen, false);
    display.start(view(5, 'a.test'));
    const first = screen.raw.length;
    display.tick(view(5, 'a.test'));
    assert.ok(!stripVTControlCharacters(screen.raw.slice(first)).includes('contacts'));
    display.tick(view(6, 'a.test'));
    const shown = screen.lines.join('\n');
    assert.equal(shown.match(/contacts/g)?.length, 1);
    assert.match(shown, /253 \/ 1,000 {2}41\/s {2}ETA 9 s to 14 s {2}running 6 {2}retry 7/);
    assert.match(shown, /host a\.test: asked for rest until/);
  });

  it('never wraps, however narrow the terminal and long a name', () => {
    for (const columns of [20, 40, 80]) {
      for (const colour of [true, false]) {
        const screen = new Screen(columns);
        const display = new TtyDisplay(screen, colour);
        display.start(view(5, `${'x'.repeat(200)}.test`));
        display.tick(view(6, `${'y'.repeat(200)}.test`));
        assert.ok(screen.lines.every((line) => line.length < columns));
      }
    }
  });

  it('takes a terminal that does not know its size for one of usual size', () => {
    const screen = new Screen(80);
    const sizeless = { columns: 0, rows: 0, write: (text: string) => screen.write(text) };
    const display = new TtyDisplay(sizeless, false);
    display.start(view(5, 'a.test'));
    const { length } = screen.lines;
    display.tick(view(4, 'a.test'));
    display.restore();
    assert.doesNotMatch(screen.raw, /Infinity/);
    assert.equal(screen.lines.length, length);
  });

  it('clears what a narrowed terminal has wrapped', () => {
    const screen = new Screen(120);
    const display = new TtyDisplay(screen, false);
    display.start(view(5, 'a.test'));
    const wrapped = screen.lines.reduce((sum, line) => sum + Math.ceil(line.length / 40), 0);
    const narrow = new Screen(40);
    const before = screen.raw.length;
    screen.columns = 40;
    screen.write = (text) => {
      narrow.heard += text;
    };
    display.tick(view(5, 'a.test'));
    assert.equal(screen.raw.length, before);
    assert.equal(Number(/\x1b\[(\d+)A/.exec(narrow.heard)?.[1]), wrapped);
  });

  it('says in the headline what it waits for when nothing runs', () => {
    const screen = new Screen(120);
    new TtyDisplay(screen, false).start(view(0, 'a.test'));
    assert.match(screen.lines[1] ?? '', /^ {2}Waiting for host a\.test: asked for rest/);
  });

  it('says what helps where it waits for an account', () => {
    const screen = new Screen(120);
    const accounts = { service: 'x', tenant: 'local', why: 'none', count: 0 } as const;
    const [blocked] = view(0, '').blockages as [Blockage];
    const blockages = [{ ...blocked, lane: 'accounts:x/local/list', accounts } as const];
    new TtyDisplay(screen, false, { data: 'd' }).start({ ...view(0, ''), blockages });
    assert.deepEqual(screen.lines.slice(1, 3), [
      '  Waiting for account x: tenant local has none yet, 3 waiting',
      '  Add one: sluice accounts add x NAME --data d',
    ]);
  });

  it('lets lines of talk pass above it, and gives the cursor back', () => {
    const screen = new Screen(120);
    const display = new TtyDisplay(screen, false);
    display.start(view(5, 'a.test'));
    display.say('a word');
    assert.equal(screen.lines[0], 'a word');
    assert.match(screen.lines[1] ?? '', /^contacts/);
    display.restore();
    assert.ok(screen.raw.endsWith('\x1b[?25h'));
  });
});
