/** Uploads in parts that were begun and not ended: what the storage knows of them. */
import { eachTag, inTag, type S3Client, type S3Request } from './s3-client.ts';
import { objectUrl } from './s3-place.ts';

export interface BegunUpload {
  readonly key: string;
  readonly uploadId: string;
  /** Wall time, ms. */
  readonly begunMs: number;
  /** Whether its parts are kept with their CRC-32, and must come with it. */
  readonly withCrc: boolean;
}

export interface SentPart {
  readonly number: number;
  readonly size: number;
  /** As it was given, with its quotes. */
  readonly etag: string;
  /** CRC-32, base64, where the storage keeps it. */
  readonly crc: string | undefined;
}

/** More pages than this are of no use: nobody begins so many and ends none. */
const PAGES_MAX = 100;
const FIRST_TRIES = 4;

/** Those whose keys begin so. */
export async function begunUploads(
  client: S3Client,
  prefix: string,
  { signal, tries = 8 }: Pick<S3Request, 'signal' | 'tries'> = {},
): Promise<readonly BegunUpload[]> {
  const found: BegunUpload[] = [];
  let after = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const asked = `uploads=&encoding-type=url&prefix=${encodeURIComponent(prefix)}${after}`;
    const url = `${client.to.base.href}?${asked}`;
    const { text } = await client.ask({ method: 'GET', url, tries, signal });
    // Where it is heeded: XML cannot say all keys.
    const coded = inTag(text, 'EncodingType') === 'url';
    for (const each of eachTag(text, 'Upload')) {
      const key = coded ? decoded(inTag(each, 'Key') ?? '') : inTag(each, 'Key');
      const uploadId = inTag(each, 'UploadId');
      if (key === undefined || uploadId === undefined) continue;
      const begunMs = Date.parse(inTag(each, 'Initiated') ?? '') || 0;
      found.push({ key, uploadId, begunMs, withCrc: inTag(each, 'ChecksumAlgorithm') === 'CRC32' });
    }
    if (inTag(text, 'IsTruncated') !== 'true') break;
    const next = inTag(text, 'NextKeyMarker') ?? '';
    const marker = encodeURIComponent(coded ? decoded(next) : next);
    const id = encodeURIComponent(inTag(text, 'NextUploadIdMarker') ?? '');
    after = `&key-marker=${marker}&upload-id-marker=${id}`;
  }
  return found;
}

/** The parts of one that are there; none where it is gone meanwhile. */
export async function partsOf(
  client: S3Client,
  { key, uploadId }: BegunUpload,
  signal?: AbortSignal,
): Promise<readonly SentPart[]> {
  const parts: SentPart[] = [];
  let after = '';
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const id = encodeURIComponent(uploadId);
    const url = `${objectUrl(client.to, key)}?uploadId=${id}${after}`;
    const { text, status } = await client.ask(
      { method: 'GET', url, tries: 8, signal },
      'NoSuchUpload',
    );
    if (status === 404) return [];
    for (const each of eachTag(text, 'Part')) {
      parts.push({
        number: Number(inTag(each, 'PartNumber')),
        size: Number(inTag(each, 'Size')),
        etag: inTag(each, 'ETag') ?? '',
        crc: inTag(each, 'ChecksumCRC32'),
      });
    }
    if (inTag(text, 'IsTruncated') !== 'true') break;
    after = `&part-number-marker=${inTag(text, 'NextPartNumberMarker') ?? ''}`;
  }
  return parts;
}

/** Gives one up: its parts are deleted. Harmless where it is gone. */
export async function abortUpload(
  client: S3Client,
  { key, uploadId }: Pick<BegunUpload, 'key' | 'uploadId'>,
): Promise<void> {
  const url = `${objectUrl(client.to, key)}?uploadId=${encodeURIComponent(uploadId)}`;
  await client.ask({ method: 'DELETE', url, tries: 8 }, 'NoSuchUpload');
}

/** Gives up all behind the place's prefix that were begun so long ago; resolves with how many. */
export async function clearLeftovers(client: S3Client, olderThanMs: number): Promise<number> {
  const beforeMs = client.nowMs() - olderThanMs;
  let cleared = 0;
  // Nothing is sent to the place yet that would be worth a minute's patience.
  for (const upload of await begunUploads(client, client.to.prefix, { tries: FIRST_TRIES })) {
    if (upload.begunMs >= beforeMs) continue;
    await abortUpload(client, upload);
    cleared += 1;
  }
  return cleared;
}

function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
