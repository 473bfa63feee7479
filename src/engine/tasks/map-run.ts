/**
 * A function over many items. Items are read only as fast as they are worked on, so their number
 * does not matter. Awaited, it gives all results in the order of the items; iterated, each as it
 * comes.
 */
import { Deque } from '../../base/deque.ts';
import type { TaskRun } from './task-run.ts';
import type { MapOptions, MapProgress } from './task-types.ts';

export type MapEnd<Item, Result> =
  | { readonly index: number; readonly item: Item; readonly result: Result }
  | { readonly index: number; readonly item: Item; readonly error: unknown };

export interface MapParts<Item, Result> {
  readonly items: Iterable<Item> | AsyncIterable<Item>;
  readonly options: MapOptions;
  /** Items that are read and not done at most. */
  readonly ahead: number;
  readonly start: (item: Item) => TaskRun<Result>;
  readonly over: () => void;
}

export class MapRun<Item, Result>
  implements PromiseLike<readonly Result[]>, AsyncIterable<MapEnd<Item, Result>>
{
  readonly #parts: MapParts<Item, Result>;
  readonly #open = new Set<TaskRun<Result>>();
  readonly #ready = new Deque<MapEnd<Item, Result>>();
  #completed = 0;
  #failed = 0;
  #total = 0;
  #allRead = false;
  #begun = false;
  #stopped = false;
  #readError: { readonly error: unknown } | undefined;
  /** Whoever waits for an end, or for room to read one more. */
  readonly #waiters: (() => void)[] = [];

  constructor(parts: MapParts<Item, Result>) {
    this.#parts = parts;
  }

  get progress(): MapProgress {
    return {
      completed: this.#completed,
      failed: this.#failed,
      total: this.#total,
      allRead: this.#allRead,
    };
  }

  /** Reads no further item and cancels those that have not ended. */
  cancel(reason?: string): void {
    this.#stopped = true;
    for (const run of [...this.#open]) run.cancel(reason);
    this.#tell();
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited for its results, as a promise is.
  then<Done = readonly Result[], Failed = never>(
    onDone?: ((results: readonly Result[]) => Done | PromiseLike<Done>) | null,
    onFailed?: ((error: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    return this.#all().then(onDone, onFailed);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MapEnd<Item, Result>> {
    const reading = this.#read();
    try {
      for (;;) {
        const end = this.#ready.shift();
        if (end !== undefined) {
          this.#tell();
          yield end;
        } else if (this.#allRead && this.#open.size === 0) break;
        else await this.#change();
      }
      if (this.#readError) throw this.#readError.error;
    } finally {
      this.cancel('the rest is not wanted any more');
      await reading;
      this.#parts.over();
    }
  }

  async #all(): Promise<readonly Result[]> {
    const results: Result[] = [];
    let failure: { readonly error: unknown } | undefined;
    for await (const end of this) {
      if ('result' in end) results[end.index] = end.result;
      else {
        failure ??= { error: end.error };
        if (this.#parts.options.goOn !== true) break;
      }
    }
    if (failure) throw failure.error;
    return results;
  }

  /** Never rejects: what goes wrong with the items is told behind the last of them. */
  async #read(): Promise<void> {
    if (this.#begun) {
      this.#readError = { error: new TypeError('a map can be awaited or iterated once') };
      this.#allRead = true;
      return;
    }
    this.#begun = true;
    const { items, ahead } = this.#parts;
    try {
      for await (const item of items) {
        if (this.#stopped) break;
        this.#take(item);
        while (this.#open.size + this.#ready.size >= ahead && !this.#stopped) await this.#change();
      }
    } catch (error) {
      this.#readError = { error };
    } finally {
      this.#allRead = true;
      this.#tell();
    }
  }

  #take(item: Item): void {
    const index = this.#total;
    this.#total += 1;
    const run = this.#parts.start(item);
    this.#open.add(run);
    run.result.then(
      (result) => this.#ended(run, { index, item, result }),
      (error: unknown) => this.#ended(run, { index, item, error }),
    );
  }

  #ended(run: TaskRun<Result>, end: MapEnd<Item, Result>): void {
    this.#open.delete(run);
    if ('result' in end) this.#completed += 1;
    else this.#failed += 1;
    this.#ready.push(end);
    this.#parts.options.onProgress?.(this.progress);
    this.#tell();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #tell(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

/** Arrays of so many items, the last of what is left. */
export async function* inBatches<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
