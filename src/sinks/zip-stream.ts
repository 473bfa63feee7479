/**
 * A ZIP archive as a stream: entries one after the other, deflated as they come, their sizes behind
 * them. No more than 4 GB in one entry and in all: there is no ZIP64.
 */
import { once } from 'node:events';
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import { SluiceError } from '../base/errors.ts';
import type { Output } from './output.ts';

const VERSION = 20;
/** Sizes follow the data; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1 January 1980: an archive of the same content has the same bytes. */
const DATE = 0x0021;
const BYTES_MAX = 0xffff_ffff;

interface Entry {
  readonly name: Buffer;
  readonly at: number;
  crc: number;
  size: number;
  packed: number;
}

export class ZipStream {
  readonly #output: Output;
  readonly #entries: Entry[] = [];
  #entry: Entry | undefined;
  #deflate: DeflateRaw | undefined;
  /** Ends when all of an entry has been handed on. */
  #pumping: Promise<void> = Promise.resolve();
  #bytes = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Begins an entry; the one before must have been ended. */
  async begin(name: string): Promise<void> {
    const entry = { name: Buffer.from(name), at: this.#bytes, crc: 0, size: 0, packed: 0 };
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(VERSION, 4);
    head.writeUInt16LE(FLAGS, 6);
    head.writeUInt16LE(DEFLATED, 8);
    head.writeUInt16LE(DATE, 12);
    head.writeUInt16LE(entry.name.length, 26);
    await this.#write(Buffer.concat([head, entry.name]));
    this.#entry = entry;
    this.#entries.push(entry);
    const deflate = createDeflateRaw({ level: 6 });
    this.#deflate = deflate;
    this.#pumping = this.#pump(deflate, entry);
    // Told to whoever waits for it next; it must not end the process before.
    this.#pumping.catch(() => deflate.destroy());
  }

  /** Adds to the entry that was begun. */
  async add(text: string): Promise<void> {
    const entry = this.#entry as Entry;
    const deflate = this.#deflate as DeflateRaw;
    const bytes = Buffer.from(text);
    entry.crc = crc32(bytes, entry.crc);
    entry.size += bytes.length;
    if (deflate.destroyed) return this.#pumping;
    if (!deflate.write(bytes)) await Promise.race([once(deflate, 'drain'), this.#pumping]);
  }

  async end(): Promise<void> {
    this.#deflate?.end();
    await this.#pumping;
    const { crc, size, packed } = this.#entry as Entry;
    const tail = Buffer.alloc(16);
    tail.writeUInt32LE(0x08074b50, 0);
    tail.writeUInt32LE(crc, 4);
    tail.writeUInt32LE(packed, 8);
    tail.writeUInt32LE(checked(size), 12);
    await this.#write(tail);
  }

  /** The list of all entries, by which a reader finds them. */
  async finish(): Promise<void> {
    const at = this.#bytes;
    for (const { name, at: begin, crc, size, packed } of this.#entries) {
      const head = Buffer.alloc(46);
      head.writeUInt32LE(0x02014b50, 0);
      head.writeUInt16LE(VERSION, 4);
      head.writeUInt16LE(VERSION, 6);
      head.writeUInt16LE(FLAGS, 8);
      head.writeUInt16LE(DEFLATED, 10);
      head.writeUInt16LE(DATE, 14);
      head.writeUInt32LE(crc, 16);
      head.writeUInt32LE(packed, 20);
      head.writeUInt32LE(size, 24);
      head.writeUInt16LE(name.length, 28);
      head.writeUInt32LE(checked(begin), 42);
      await this.#write(Buffer.concat([head, name]));
    }
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(this.#entries.length, 8);
    end.writeUInt16LE(this.#entries.length, 10);
    end.writeUInt32LE(this.#bytes - at, 12);
    end.writeUInt32LE(checked(at), 16);
    await this.#write(end);
  }

  discard(): void {
    this.#deflate?.destroy();
  }

  async #pump(deflate: DeflateRaw, entry: Entry): Promise<void> {
    for await (const chunk of deflate) {
      entry.packed += (chunk as Buffer).length;
      await this.#write(chunk as Buffer);
    }
  }

  async #write(chunk: Buffer): Promise<void> {
    this.#bytes += chunk.length;
    await this.#output.write(chunk);
  }
}

function checked(size: number): number {
  if (size <= BYTES_MAX) return size;
  throw new SluiceError('output.too_large', { what: 'A spreadsheet', limit: '4 GB' });
}
