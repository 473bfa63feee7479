/** Where a bucket is, and how it is named in an address. */
import { SluiceError } from '../base/errors.ts';
import { withoutUser } from '../base/without-user.ts';

export interface S3Place {
  readonly bucket: string;
  /** '' or a path that ends with `/`. */
  readonly prefix: string;
  /** Address of the bucket, with `/` at its end. */
  readonly base: URL;
  readonly region: string;
  readonly keyId: string;
  readonly keySecret: string;
  readonly sessionToken: string;
}

export interface S3Choice extends Omit<S3Place, 'bucket' | 'prefix' | 'base'> {
  /** `s3://bucket` or `s3://bucket/prefix`. */
  readonly to: string;
  /** '' = AWS. */
  readonly endpoint: string;
  /** `auto`: in the path where there is an endpoint or the name has a dot. */
  readonly addressing: 'auto' | 'path' | 'host';
}

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;

/** Rejects with `files.place_invalid` what no request could be made from. */
export function s3Place({ to, endpoint, addressing, ...keys }: S3Choice): S3Place {
  if (/^s3:\/\/[^/]*[@:]/.test(to)) {
    throw invalid(withoutUser(to), 'keys are settings, they do not belong into an address');
  }
  const [mark] = /[?#]/.exec(to) ?? [];
  if (mark !== undefined) {
    throw invalid(to, `nothing follows behind the prefix, and no ${mark}: settings say the rest`);
  }
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(to) ?? [];
  if (!BUCKET.test(bucket)) throw invalid(to, `${bucket || 'nothing'} is no name of a bucket`);
  if (keys.keyId === '' || keys.keySecret === '') {
    throw invalid(to, 'there is no key (filesKeyId and filesKeySecret)');
  }
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..')) {
    throw invalid(to, 'its prefix has a part of dots alone');
  }
  const base = bucketUrl(bucket, endpoint || `https://s3.${keys.region}.amazonaws.com`, {
    // The certificate of AWS is for one name before its own.
    inHost:
      addressing === 'auto' ? endpoint === '' && !bucket.includes('.') : addressing === 'host',
  });
  if (base === null) throw invalid(to, `${endpoint} is no address`);
  return { ...keys, bucket, prefix: parts.map((part) => `${part}/`).join(''), base };
}

function bucketUrl(bucket: string, endpoint: string, { inHost }: { inHost: boolean }): URL | null {
  const url = URL.parse(endpoint);
  if (url === null) return null;
  if (inHost) url.hostname = `${bucket}.${url.hostname}`;
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  url.pathname = inHost ? path : `${path}${bucket}/`;
  url.search = '';
  return url;
}

/** The address of an object; every character of its key is kept as it is. */
export function objectUrl({ base }: S3Place, key: string): string {
  return base.href + key.split('/').map(encodeURIComponent).join('/');
}

function invalid(place: string, detail: string): SluiceError {
  return new SluiceError('files.place_invalid', { place, detail });
}
