/** Buckets, objects and uploads in parts, and the rules by which they change. All in memory. */
import { createHash, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { S3Truth } from './s3-options.ts';

const PART_BYTES_MIN = 5 * 2 ** 20;

/** An answer of refusal: a status, and a code as the storage has it. */
export class S3Fault extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface S3Object {
  readonly bytes: readonly Buffer[];
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly type: string;
  readonly changedMs: number;
}

export interface S3Part {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly crc: string;
}

export interface S3PartedUpload {
  readonly bucket: string;
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly crc: boolean;
  readonly begunMs: number;
  readonly parts: Map<number, S3Part>;
}

export class S3World {
  readonly #buckets = new Map<string, Map<string, S3Object>>();
  readonly #uploads = new Map<string, S3PartedUpload>();
  readonly #onObject: (truth: S3Truth) => void;

  constructor(buckets: readonly string[], onObject: (truth: S3Truth) => void) {
    for (const name of buckets) this.#buckets.set(name, new Map());
    this.#onObject = onObject;
  }

  get openUploads(): number {
    return this.#uploads.size;
  }

  objects(bucket: string): Map<string, S3Object> {
    const found = this.#buckets.get(bucket);
    if (found === undefined) throw new S3Fault(404, 'NoSuchBucket');
    return found;
  }

  object(bucket: string, key: string): S3Object {
    const found = this.objects(bucket).get(key);
    if (found === undefined) throw new S3Fault(404, 'NoSuchKey');
    return found;
  }

  put(bucket: string, key: string, bytes: Buffer, type: string): S3Object {
    return this.#keep(bucket, key, [bytes], hex('md5', [bytes]), type, 0);
  }

  begin(bucket: string, key: string, type: string, crc: boolean): S3PartedUpload {
    this.objects(bucket);
    const id = randomUUID();
    const parts = new Map<number, S3Part>();
    const upload = { bucket, key, id, type, crc, begunMs: Date.now(), parts };
    this.#uploads.set(id, upload);
    return upload;
  }

  upload(bucket: string, key: string, id: string): S3PartedUpload {
    const found = this.#uploads.get(id);
    if (found === undefined || found.bucket !== bucket || found.key !== key) {
      throw new S3Fault(404, 'NoSuchUpload');
    }
    return found;
  }

  uploads(bucket: string, prefix: string): readonly S3PartedUpload[] {
    this.objects(bucket);
    const all = [...this.#uploads.values()];
    return all
      .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key || (a.key === b.key && a.begunMs < b.begunMs) ? -1 : 1));
  }

  putPart(upload: S3PartedUpload, number: number, bytes: Buffer, crc: string | undefined): S3Part {
    if (!(number >= 1 && number <= 10_000)) throw new S3Fault(400, 'InvalidArgument');
    if (upload.crc !== (crc !== undefined)) {
      throw new S3Fault(400, 'InvalidRequest', 'Checksum Type mismatch occurred');
    }
    const part = { bytes, etag: hex('md5', [bytes]), crc: crcOf(bytes) };
    upload.parts.set(number, part);
    return part;
  }

  /** `listed`: as the request names them. */
  complete(
    upload: S3PartedUpload,
    listed: readonly { number: number; etag: string; crc: string | undefined }[],
  ): S3Object {
    if (listed.length === 0) throw new S3Fault(400, 'MalformedXML');
    const parts: S3Part[] = [];
    for (const [at, { number, etag, crc }] of listed.entries()) {
      if (at > 0 && number <= (listed[at - 1]?.number ?? 0)) {
        throw new S3Fault(400, 'InvalidPartOrder');
      }
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== etag) throw new S3Fault(400, 'InvalidPart');
      if (upload.crc && crc !== part.crc) throw new S3Fault(400, 'InvalidPart');
      if (at < listed.length - 1 && part.bytes.length < PART_BYTES_MIN) {
        throw new S3Fault(400, 'EntityTooSmall');
      }
      parts.push(part);
    }
    this.#uploads.delete(upload.id);
    const digests = parts.map(({ etag }) => Buffer.from(etag, 'hex'));
    const etag = `${hex('md5', digests)}-${parts.length}`;
    const { bucket, key, type } = upload;
    const bytes = parts.map((part) => part.bytes);
    return this.#keep(bucket, key, bytes, etag, type, parts.length);
  }

  abort(upload: S3PartedUpload): void {
    this.#uploads.delete(upload.id);
  }

  #keep(
    bucket: string,
    key: string,
    bytes: readonly Buffer[],
    etag: string,
    type: string,
    parts: number,
  ): S3Object {
    const size = bytes.reduce((sum, piece) => sum + piece.length, 0);
    const object = { bytes, size, etag, type, changedMs: Date.now() };
    this.objects(bucket).set(key, object);
    this.#onObject({ bucket, key, size, sha256: hex('sha256', bytes), etag, parts });
    return object;
  }
}

export function crcOf(bytes: Buffer): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

export function hex(algorithm: string, pieces: readonly Uint8Array[]): string {
  const digest = createHash(algorithm);
  for (const piece of pieces) digest.update(piece);
  return digest.digest('hex');
}
