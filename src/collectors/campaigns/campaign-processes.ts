/**
 * The processes of campaigns, as attempts use them. An attempt enters its campaign's process, has
 * its rows parsed there and leaves. A process that is over its time, hangs, fills its memory or is
 * killed costs those who are in it (or the one whose call it ran) the attempt in hand, by name;
 * campaigns in other processes do not notice.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { moduleUrl } from '../../base/module-url.ts';
import { FailureError } from '../../model/failure.ts';
import type { ParsedRows, RowPiece } from './parse-rows.ts';
import { ProcessTable } from './process-table.ts';

/** One process; it starts with its first call. */
export interface CampaignRunner {
  run(
    call: { readonly module: URL; readonly name: string; readonly args: readonly unknown[] },
    signal?: AbortSignal,
  ): Promise<unknown>;
  /** Ends it at once. */
  close(): Promise<void>;
}

export interface ProcessLimits {
  readonly processes: number;
  /** Clients worked on in a process at once. */
  readonly each: number;
  /** Longest life of a process, ms. */
  readonly timeoutMs: number;
}

export interface ProcessParts {
  readonly clock: Clock;
  /** For the campaign of that name. */
  readonly start: (name: string) => CampaignRunner;
  /** Where the rows are parsed. Default: `parseRows` of this folder. */
  readonly parser?: { readonly module: URL; readonly name: string };
}

/** An attempt's part in a process. */
export interface InProcess {
  /** Aborts where the process is ended: nothing that it does is of use any more. */
  readonly signal: AbortSignal;
  parse(piece: RowPiece): Promise<ParsedRows>;
  leave(): void;
}

interface Running {
  readonly runner: CampaignRunner;
  readonly over: AbortController;
  readonly timer: Timer;
}

interface Waiter {
  readonly resolve: (process: number) => void;
}

const NO_ROWS: RowPiece = {
  context: { campaign: '', client: '', direction: 'outbound', zone: 0 },
  columns: [],
  bytes: new Uint8Array(0),
};
const PARSER = { module: moduleUrl(import.meta.url, './parse-rows.ts'), name: 'parseRows' };

export class CampaignProcesses {
  readonly #limits: ProcessLimits;
  readonly #parts: ProcessParts;
  readonly #table: ProcessTable<Waiter>;
  readonly #running = new Map<number, Running>();

  constructor(limits: ProcessLimits, parts: ProcessParts) {
    this.#limits = limits;
    this.#parts = parts;
    this.#table = new ProcessTable(limits.processes, limits.each);
  }

  /** How many campaigns have a process, and how many attempts wait for one. */
  get status(): { readonly processes: number; readonly waiting: number } {
    return { processes: this.#running.size, waiting: this.#table.waiting };
  }

  /**
   * `campaign` names it for the table, `name` for people. Resolves when its turn has come; rejects
   * with the signal's reason.
   */
  async enter(campaign: string, name: string, signal: AbortSignal): Promise<InProcess> {
    signal.throwIfAborted();
    const process = await this.#place(campaign, signal);
    const running = this.#open(process, name);
    let left = false;
    return {
      signal: running.over.signal,
      parse: (piece) => this.#parse(running, name, piece),
      leave: () => {
        if (left) return;
        left = true;
        if (this.#table.leave(process)) this.#end(process, running);
        this.#begin();
      },
    };
  }

  async close(): Promise<void> {
    const open = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(
      open.map(({ runner, timer }) => {
        timer.cancel();
        return runner.close();
      }),
    );
  }

  #place(campaign: string, signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (this.#table.withdraw(campaign, waiter)) reject(signal.reason);
      };
      const waiter: Waiter = {
        resolve: (process) => {
          signal.removeEventListener('abort', onAbort);
          resolve(process);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#table.enter(campaign, waiter);
      this.#begin();
    });
  }

  #begin(): void {
    for (const { waiter, process } of this.#table.begin()) waiter.resolve(process);
  }

  /** The one that runs there for the campaign, or a new one. */
  #open(process: number, name: string): Running {
    const open = this.#running.get(process);
    if (open) return open;
    const { clock, start } = this.#parts;
    const { timeoutMs } = this.#limits;
    const over = new AbortController();
    const timer = clock.after(timeoutMs, () => {
      this.#table.close(process);
      const limit = formatDuration(timeoutMs);
      over.abort(failed('process_timeout', name, `took longer than ${limit} and was ended`));
      void running.runner.close();
    });
    const running: Running = { runner: start(name), over, timer };
    this.#running.set(process, running);
    // It starts while the first answer is on its way. Where it does not, the first rows tell.
    this.#parse(running, name, NO_ROWS).catch(() => {});
    return running;
  }

  #end(process: number, { runner, timer }: Running): void {
    timer.cancel();
    this.#running.delete(process);
    void runner.close();
  }

  async #parse({ runner, over }: Running, name: string, piece: RowPiece): Promise<ParsedRows> {
    const parser = this.#parts.parser ?? PARSER;
    try {
      return (await runner.run({ ...parser, args: [piece] }, over.signal)) as ParsedRows;
    } catch (error) {
      over.signal.throwIfAborted();
      throw lossOf(error, name);
    }
  }
}

/** What became of a process, as a failure that is tried again. */
function lossOf(error: unknown, name: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  const detail = String(error.params.detail ?? messageOf(error));
  switch (error.code) {
    case 'compute.timeout':
      return failed('process_hung', name, `gave no answer for ${detail} and was ended`);
    case 'compute.memory':
      return failed('process_memory', name, `needed more than ${detail} and was ended`);
    case 'compute.crashed':
      return failed('process_crashed', name, `ended by itself (${detail})`);
    default:
      return error;
  }
}

function failed(code: string, name: string, what: string): FailureError {
  const message = `The process of campaign ${name} ${what}.`;
  return new FailureError({
    class: 'transient',
    code: `campaigns.${code}`,
    message,
    hint: 'What it had brought is kept; the rest is tried again in a new process.',
  });
}
