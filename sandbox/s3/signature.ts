/** Checks a request's signature (version 4, in the Authorization header) as the storage does. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface S3Key {
  readonly id: string;
  readonly secret: string;
}

/** A code of the storage's errors, or nothing where it is right. */
export function signatureFault(request: IncomingMessage, key: S3Key): string | undefined {
  const header = request.headers.authorization ?? '';
  const [, credential = '', signedNames = '', signature = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    ) ?? [];
  if (signature === '') return 'AccessDenied';
  const [id, day = '', region = '', service = '', kind = ''] = credential.split('/');
  if (id !== key.id) return 'InvalidAccessKeyId';
  const stamp = String(request.headers['x-amz-date'] ?? '');
  if (service !== 's3' || kind !== 'aws4_request' || !stamp.startsWith(day)) {
    return 'AuthorizationHeaderMalformed';
  }
  const names = signedNames.split(';');
  if (!names.includes('host')) return 'SignatureDoesNotMatch';
  const headers = names.map((name) => {
    const value = String(request.headers[name] ?? '');
    return `${name}:${value.trim().replace(/ +/g, ' ')}\n`;
  });
  const { path, query } = target(request);
  const canonical = [
    request.method,
    path,
    query,
    headers.join(''),
    signedNames,
    request.headers['x-amz-content-sha256'],
  ].join('\n');
  const scope = `${day}/${region}/${service}/${kind}`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  let bytes: Buffer = Buffer.from(`AWS4${key.secret}`);
  for (const part of [day, region, service, kind]) bytes = hmac(bytes, part);
  const right = timingSafeEqual(hmac(bytes, text), Buffer.from(signature, 'hex'));
  return right ? undefined : 'SignatureDoesNotMatch';
}

function target(request: IncomingMessage): { readonly path: string; readonly query: string } {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('=', 2));
  const coded = pairs.map(([name = '', value = '']) => `${recoded(name)}=${recoded(value)}`);
  return { path: path.split('/').map(recoded).join('/'), query: coded.sort().join('&') };
}

/** As the signature has it: all but the unreserved characters by their bytes. */
function recoded(text: string): string {
  const plain = decodeURIComponent(text.replaceAll('+', '%20'));
  return encodeURIComponent(plain).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
