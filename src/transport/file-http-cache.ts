import { hash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Deque } from '../base/deque.ts';
import { messageOf, systemCode } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { CacheDirectory, onDisk } from './cache-directory.ts';
import { decodeCacheFile, encodeCacheFile } from './cache-file.ts';
import type { CachedReply, HttpCache } from './http-cache.ts';

/**
 * Kept answers that last between runs. They are shared by all tenants of a data directory: only
 * public pages get here, asked for without credentials or cookies and allowed to be kept by whoever
 * sent them (cache-rules.ts).
 *
 * Nothing waits for the disk but the look-up of a page that is there. Changes are made one after
 * another behind the work's back; what waits is bounded, and beyond the bound answers are not kept.
 * A disk that is full or read-only costs one try a minute, and never a request.
 */
export interface FileHttpCacheOptions {
  /** Absolute; made with the first page. */
  readonly directory: string;
  /** All files together, as soon as what waits is done; above 0. */
  readonly bytesMax: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface FileHttpCache extends HttpCache {
  /** Resolves when it is known what is there; look-ups before that wait for it. */
  readonly opened: Promise<void>;
  gauges(): FileHttpCacheGauges;
}

export interface FileHttpCacheGauges {
  readonly pages: number;
  readonly bytes: number;
  readonly waitingBytes: number;
  /** Answers not kept: too large, too much waiting, or a disk that cannot be written. */
  readonly dropped: number;
}

const WAITING_BYTES_MAX = 16 * 2 ** 20;
const TOUCHES_MAX = 1_000;
/** The time of use in a name may be late by this much: most uses rename nothing. */
const TOUCH_MS = 3_600_000;
const PAUSE_MS = 60_000;
const CLOSE_MS = 2_000;

/** Never fails: a directory that cannot be read holds nothing. */
export function openFileHttpCache(options: FileHttpCacheOptions): FileHttpCache {
  return new DiskCache(options);
}

/** The latest change of a page that waits; without a file the page is to go. */
interface Change {
  readonly file: Buffer | undefined;
  readonly freshUntilMs: number;
}

class DiskCache implements FileHttpCache {
  readonly opened: Promise<void>;
  readonly #options: FileHttpCacheOptions;
  readonly #directory: CacheDirectory;
  readonly #changes = new Map<string, Change>();
  readonly #queue = new Deque<() => Promise<void>>();
  #working: Promise<void> | undefined;
  #ready = false;
  #closed = false;
  #waitingBytes = 0;
  #dropped = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: FileHttpCacheOptions) {
    this.#options = options;
    this.#directory = new CacheDirectory(options.directory, options.bytesMax);
    this.opened = this.#directory
      .open(() => this.#closed)
      .then(() => {
        this.#ready = true;
        this.#enqueue(() => this.#directory.makeRoom());
      });
  }

  gauges(): FileHttpCacheGauges {
    const { size: pages, bytes } = this.#directory;
    return { pages, bytes, waitingBytes: this.#waitingBytes, dropped: this.#dropped };
  }

  get(key: string, freshAtMs?: number): Promise<CachedReply | undefined> | CachedReply | undefined {
    if (!this.#ready) return this.opened.then(() => this.get(key, freshAtMs));
    if (this.#empty()) return undefined;
    const digest = digestOf(key);
    const change = this.#changes.get(digest);
    const known = change ?? this.#directory.find(digest);
    if (known === undefined || isStale(known, freshAtMs)) return undefined;
    if (change === undefined) return this.#read(key, digest, freshAtMs);
    // A copy: whoever gets it may move it to a thread, and this one is yet to be written.
    return change.file && decodeCacheFile(key, Buffer.from(change.file));
  }

  set(key: string, cached: CachedReply): void {
    const file = encodeCacheFile(key, cached);
    const bytes = onDisk(file.byteLength);
    const fits = bytes <= this.#options.bytesMax / 8;
    const room = this.#waitingBytes + bytes <= WAITING_BYTES_MAX;
    if (!fits || !room || this.#closed || this.#paused()) this.#dropped += 1;
    else this.#change(digestOf(key), { file, freshUntilMs: cached.freshUntilMs });
  }

  delete(key: string): void {
    if (this.#closed || (this.#ready && this.#empty())) return;
    this.#forget(digestOf(key));
  }

  async close(): Promise<void> {
    const timer = new AbortController();
    const late = this.#options.clock.sleep(CLOSE_MS, timer.signal).catch(() => {});
    await Promise.race([this.#working, late]);
    timer.abort();
    this.#closed = true;
    this.#queue.clear();
  }

  #empty(): boolean {
    return this.#directory.size === 0 && this.#changes.size === 0;
  }

  async #read(key: string, digest: string, freshAtMs?: number): Promise<CachedReply | undefined> {
    const nowMs = this.#options.clock.wallMs();
    const file = await this.#directory.read(digest, nowMs);
    if (file === undefined) return undefined;
    const cached = decodeCacheFile(key, file);
    if (cached === undefined) {
      this.#forget(digest);
      return undefined;
    }
    const page = this.#directory.find(digest);
    const lateMs = page === undefined ? 0 : nowMs - page.namedMs;
    if (lateMs >= TOUCH_MS && this.#queue.size < TOUCHES_MAX && !this.#paused()) {
      this.#enqueue(() => this.#directory.touch(digest));
    }
    return isStale(cached, freshAtMs) ? undefined : cached;
  }

  #forget(digest: string): void {
    const change = this.#changes.get(digest);
    if (change && change.file === undefined) return;
    if (change || !this.#ready || this.#directory.find(digest)) {
      this.#change(digest, { file: undefined, freshUntilMs: 0 });
    }
  }

  #change(digest: string, change: Change): void {
    const { file, freshUntilMs } = change;
    const bytes = onDisk(file?.byteLength ?? 0);
    this.#waitingBytes += bytes;
    this.#changes.set(digest, change);
    this.#enqueue(async () => {
      try {
        // A later change of the same page has taken its place.
        if (this.#changes.get(digest) !== change) return;
        if (file === undefined) await this.#directory.delete(digest);
        else if (this.#paused()) this.#dropped += 1;
        else {
          await this.#directory.write(digest, file, freshUntilMs, this.#options.clock.wallMs());
        }
      } finally {
        this.#waitingBytes -= bytes;
        if (this.#changes.get(digest) === change) this.#changes.delete(digest);
      }
    });
  }

  #enqueue(work: () => Promise<void>): void {
    if (this.#closed) return;
    this.#queue.push(work);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    await this.opened;
    for (let work = this.#queue.shift(); work !== undefined; work = this.#queue.shift()) {
      await work().catch((error: unknown) => this.#onFailure(error));
    }
    this.#working = undefined;
  }

  #onFailure(error: unknown): void {
    this.#dropped += 1;
    // The file, or the whole directory, was taken away meanwhile: the next one makes it anew.
    if (systemCode(error) === 'ENOENT') return;
    const { clock, log, directory } = this.#options;
    if (this.#pausedUntilMs < 0) {
      log.warn('pages are not kept for the next run', { directory, reason: messageOf(error) });
    }
    this.#pausedUntilMs = clock.monoMs() + PAUSE_MS;
  }

  #paused(): boolean {
    return this.#options.clock.monoMs() < this.#pausedUntilMs;
  }
}

function isStale(known: { readonly freshUntilMs: number }, freshAtMs: number | undefined): boolean {
  return freshAtMs !== undefined && known.freshUntilMs <= freshAtMs;
}

/** 128 bits of SHA-256: no two pages share a name, and if they did, the key inside would tell. */
function digestOf(key: string): string {
  return hash('sha256', key, 'hex').slice(0, 32);
}
