/**
 * Files in S3-compatible storage. An object is there whole or not at all; a large one goes in
 * parts, several at once.
 */
import { type BlobStore, hasStem, type NewBlob, type StoredBlob } from './blob-store.ts';
import { eachTag, inTag, S3Client, type S3Parts } from './s3-client.ts';
import { objectUrl, type S3Place } from './s3-place.ts';
import { inMemory, S3Upload, type S3UploadLimits, UPLOAD_LIMITS } from './s3-upload.ts';

export type { S3Parts } from './s3-client.ts';

/** A stem has one object, or a few where equal bytes came with several extensions at once. */
const FOUND_MAX = 10;

export class S3BlobStore implements BlobStore {
  readonly place: string;
  readonly #client: S3Client;
  readonly #upload: S3Upload;

  private constructor(to: S3Place, parts: S3Parts, limits: S3UploadLimits) {
    this.#client = new S3Client(to, parts);
    this.#upload = new S3Upload(this.#client, limits);
    this.place = this.#client.place;
  }

  /** Looks into the bucket, so that a wrong key or name is known before anything is stored. */
  static async open(
    to: S3Place,
    parts: S3Parts,
    limits: S3UploadLimits = UPLOAD_LIMITS,
  ): Promise<S3BlobStore> {
    const store = new S3BlobStore(to, parts, limits);
    await store.#list('', 1);
    return store;
  }

  async find(stem: string): Promise<StoredBlob | undefined> {
    const folder = stem.slice(0, stem.lastIndexOf('/') + 1);
    for (const { name, size } of await this.#list(stem, FOUND_MAX)) {
      const path = folder + name;
      if (hasStem(path, stem)) return { path, size };
    }
    return undefined;
  }

  async write({ path, bytes, contentType }: NewBlob): Promise<void> {
    await this.#upload.put({ path, contentType, source: inMemory(bytes) });
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const url = objectUrl(this.#client.to, this.#client.to.prefix + path);
    const response = await this.#client.send({ method: 'GET', url }, 'NoSuchKey');
    if (response.status === 404) return undefined;
    return response.body ?? new Response('').body ?? undefined;
  }

  /** Names after the last `/`, with sizes, of keys that begin with `prefix`. */
  async #list(prefix: string, limit: number): Promise<readonly { name: string; size: number }[]> {
    const { to } = this.#client;
    const key = encodeURIComponent(to.prefix + prefix);
    const url = `${to.base.href}?list-type=2&max-keys=${limit}&prefix=${key}`;
    const { text } = await this.#client.ask({ method: 'GET', url });
    return eachTag(text, 'Contents').map((entry) => {
      const path = inTag(entry, 'Key') ?? '';
      return { name: path.slice(path.lastIndexOf('/') + 1), size: Number(inTag(entry, 'Size')) };
    });
  }
}
