/** Addresses of files that hold for a while: each page has new ones. */
import { createHmac } from 'node:crypto';
import type { WorldFile } from '../world/message.ts';

export interface FileLinksOptions {
  readonly seed: number;
  /** How long an address holds, ms. */
  readonly holdsMs: number;
  readonly nowMs: () => number;
}

export type OpenedLink =
  | { readonly state: 'valid'; readonly file: WorldFile }
  | { readonly state: 'expired'; readonly file: WorldFile }
  | { readonly state: 'unknown' };

const EXTENSIONS: Readonly<Record<WorldFile['kind'], string>> = {
  picture: 'jpg',
  sticker: 'webp',
  video: 'mp4',
  voice: 'ogg',
  document: 'bin',
};

export class FileLinks {
  readonly #options: FileLinksOptions;
  #generation = 0;

  constructor(options: FileLinksOptions) {
    this.#options = options;
  }

  /** Path of the file, `/file/….jpg`; films and voices carry their token as a parameter. */
  path(file: WorldFile): string {
    const { nowMs, holdsMs } = this.#options;
    const until = Math.floor(nowMs() + holdsMs);
    const claim = `${file.kind}|${file.name}|${until}|${this.#generation}`;
    const token = `${Buffer.from(claim).toString('base64url')}.${this.#sign(claim)}`;
    const extension = EXTENSIONS[file.kind];
    if (file.kind === 'picture') return `/file/${token.replace('.', '~')}.${extension}`;
    const short = this.#sign(file.name).slice(0, 10).replace(/[-_]/g, '0');
    return `/file/${short}.${extension}?token=${token.replace('.', '~')}`;
  }

  open(url: string): OpenedLink {
    const match = /^\/file\/([\w~-]+)\.\w+(?:\?token=([\w~-]+))?$/.exec(url);
    const [encoded = '', signature = ''] = (match?.[2] ?? match?.[1] ?? '').split('~');
    const claim = Buffer.from(encoded, 'base64url').toString();
    if (signature === '' || this.#sign(claim) !== signature) return { state: 'unknown' };
    const [kind, name = '', until, generation] = claim.split('|');
    const file: WorldFile = { name, kind: kind as WorldFile['kind'] };
    const valid = Number(until) > this.#options.nowMs() && Number(generation) === this.#generation;
    return { state: valid ? 'valid' : 'expired', file };
  }

  /** No address given so far holds any longer. */
  expireAll(): void {
    this.#generation += 1;
  }

  #sign(text: string): string {
    return createHmac('sha256', `links of ${this.#options.seed}`).update(text).digest('base64url');
  }
}
