/**
 * Names of files by what is in them. Two levels of folders by the digest keep each folder small: a
 * million files of a tenant are some fifteen in each of 65,536. Tenants share no file, so that
 * deleting one's files takes nothing from another, and nobody learns what another has.
 */
import { createHash } from 'node:crypto';

const EXTENSION = /^\.?([a-z0-9]{1,12})$/;

/** SHA-256 in lower-case hex. */
export function contentDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `TENANT/ab/cd/abcd…`, without an extension. */
export function contentStem(tenant: string, digest: string): string {
  // A name that begins with a dot would be hidden, or lead out of the folder.
  const folder = tenant.startsWith('.') ? `%2E${tenant.slice(1)}` : tenant;
  return `${folder}/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
}

/** The stem with the extension, where that is one: up to 12 letters and digits, dot or none. */
export function contentPath(stem: string, extension: string | undefined): string {
  const plain = EXTENSION.exec(extension?.trim().toLowerCase() ?? '')?.[1];
  return plain === undefined ? stem : `${stem}.${plain}`;
}
