/** The operations of the storage: which one a request is, and its answer. */
import type { IncomingHttpHeaders } from 'node:http';
import { crcOf, S3Fault, type S3Object, type S3World } from './s3-world.ts';

export interface S3Call {
  readonly method: string;
  readonly bucket: string;
  /** '' = the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface S3Done {
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: readonly (Buffer | string)[];
}

const KEYS_MAX = 1_000;

export function serveCall(world: S3World, call: S3Call): S3Done {
  const { method, key, query } = call;
  if (method === 'GET' && key === '') {
    return query.has('uploads') ? listUploads(world, call) : listObjects(world, call);
  }
  if (method === 'POST' && query.has('uploads')) return begin(world, call);
  const id = query.get('uploadId');
  if (id !== null) return ofUpload(world, call, id);
  if (method === 'PUT') return putObject(world, call);
  if (method === 'DELETE') {
    world.objects(call.bucket).delete(key);
    return { name: 'DeleteObject', status: 204, headers: {}, body: [] };
  }
  if (method === 'HEAD' || method === 'GET') {
    const object = world.object(call.bucket, key);
    const name = method === 'HEAD' ? 'HeadObject' : 'GetObject';
    const body = method === 'HEAD' ? [] : object.bytes;
    return { name, status: 200, headers: headersOf(object), body };
  }
  throw new S3Fault(501, 'NotImplemented');
}

function ofUpload(world: S3World, call: S3Call, id: string): S3Done {
  const { method, bucket, key, query, body } = call;
  const upload = world.upload(bucket, key, id);
  if (method === 'PUT') {
    const crc = checkedCrc(call);
    const part = world.putPart(upload, Number(query.get('partNumber')), body, crc);
    const headers = { etag: `"${part.etag}"`, 'x-amz-checksum-crc32': part.crc };
    return { name: 'UploadPart', status: 200, headers, body: [] };
  }
  if (method === 'DELETE') {
    world.abort(upload);
    return { name: 'AbortMultipartUpload', status: 204, headers: {}, body: [] };
  }
  if (method === 'GET') {
    const after = Number(query.get('part-number-marker') ?? 0);
    const all = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after);
    const page = all.slice(0, KEYS_MAX);
    const parts = page.map(([number, part]) => {
      const check = upload.crc ? tag('ChecksumCRC32', part.crc) : '';
      const size = tag('Size', part.bytes.length);
      const etag = tag('ETag', `"${part.etag}"`);
      return `<Part>${tag('PartNumber', number)}${etag}${size}${check}</Part>`;
    });
    const more = tag('IsTruncated', all.length > page.length);
    const next = tag('NextPartNumberMarker', page.at(-1)?.[0] ?? 0);
    return xml('ListParts', 'ListPartsResult', [more, next, ...parts]);
  }
  const listed = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)/.exec(part)?.[1]),
    etag: (/<ETag>([^<]*)/.exec(part)?.[1] ?? '').replaceAll('&quot;', '').replaceAll('"', ''),
    crc: /<ChecksumCRC32>([^<]*)/.exec(part)?.[1],
  }));
  const object = world.complete(upload, listed);
  const etag = tag('ETag', `"${object.etag}"`);
  const named = [tag('Bucket', bucket), tag('Key', key), etag];
  return xml('CompleteMultipartUpload', 'CompleteMultipartUploadResult', named);
}

function begin(world: S3World, { bucket, key, headers }: S3Call): S3Done {
  const algorithm = headers['x-amz-checksum-algorithm'];
  if (algorithm !== undefined && algorithm !== 'CRC32') throw new S3Fault(501, 'NotImplemented');
  const type = String(headers['content-type'] ?? 'binary/octet-stream');
  const { id } = world.begin(bucket, key, type, algorithm === 'CRC32');
  const named = [tag('Bucket', bucket), tag('Key', key), tag('UploadId', id)];
  return xml('CreateMultipartUpload', 'InitiateMultipartUploadResult', named);
}

function putObject(world: S3World, call: S3Call): S3Done {
  const { bucket, key, headers, body } = call;
  checkedCrc(call);
  const type = String(headers['content-type'] ?? 'binary/octet-stream');
  const { etag } = world.put(bucket, key, body, type);
  return { name: 'PutObject', status: 200, headers: { etag: `"${etag}"` }, body: [] };
}

function listObjects(world: S3World, { bucket, query }: S3Call): S3Done {
  const prefix = query.get('prefix') ?? '';
  const most = Math.min(KEYS_MAX, Number(query.get('max-keys') ?? KEYS_MAX));
  const all = [...world.objects(bucket)].filter(([key]) => key.startsWith(prefix));
  const page = all.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, most);
  const contents = page.map(([key, { size, etag }]) => {
    const named = [tag('Key', key), tag('Size', size), tag('ETag', `"${etag}"`)];
    return `<Contents>${named.join('')}</Contents>`;
  });
  const more = tag('IsTruncated', all.length > page.length);
  return xml('ListObjectsV2', 'ListBucketResult', [more, ...contents]);
}

function listUploads(world: S3World, { bucket, query }: S3Call): S3Done {
  const coded = query.get('encoding-type') === 'url';
  const write = (key: string) => (coded ? encodeURIComponent(key) : key);
  const all = world.uploads(bucket, query.get('prefix') ?? '');
  const marker = query.get('upload-id-marker');
  const from = marker === null ? 0 : all.findIndex(({ id }) => id === marker) + 1;
  const page = all.slice(from, from + KEYS_MAX);
  const uploads = page.map(({ key, id, crc, begunMs }) => {
    const algorithm = crc ? tag('ChecksumAlgorithm', 'CRC32') : '';
    const begun = tag('Initiated', new Date(begunMs).toISOString());
    return `<Upload>${tag('Key', write(key))}${tag('UploadId', id)}${begun}${algorithm}</Upload>`;
  });
  const last = page.at(-1);
  return xml('ListMultipartUploads', 'ListMultipartUploadsResult', [
    ...(coded ? [tag('EncodingType', 'url')] : []),
    tag('IsTruncated', from + page.length < all.length),
    tag('NextKeyMarker', write(last?.key ?? '')),
    tag('NextUploadIdMarker', last?.id ?? ''),
    ...uploads,
  ]);
}

/** The CRC-32 that came with the body; refused where it is another's. */
function checkedCrc({ headers, body }: S3Call): string | undefined {
  const crc = headers['x-amz-checksum-crc32'];
  if (crc === undefined) return undefined;
  if (crc !== crcOf(body)) throw new S3Fault(400, 'BadDigest');
  return String(crc);
}

function headersOf({ size, etag, type, changedMs }: S3Object): Record<string, string | number> {
  const changed = new Date(changedMs).toUTCString();
  const named = { 'content-length': size, 'content-type': type };
  return { ...named, etag: `"${etag}"`, 'last-modified': changed, 'accept-ranges': 'bytes' };
}

function xml(name: string, root: string, inner: readonly string[]): S3Done {
  const text = `<?xml version="1.0" encoding="UTF-8"?><${root}>${inner.join('')}</${root}>`;
  return { name, status: 200, headers: { 'content-type': 'application/xml' }, body: [text] };
}

function tag(name: string, value: string | number | boolean): string {
  const text = String(value);
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return `<${name}>${safe}</${name}>`;
}
