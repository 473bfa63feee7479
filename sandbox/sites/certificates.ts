/**
 * X.509 certificates made on the spot, so that the bad ones are bad in just one way and the good
 * ones never expire in a repository. Only what TLS needs: ECDSA P-256, one name, version 3.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface CertificateRequest {
  readonly host: string;
  readonly from: Date;
  readonly until: Date;
  readonly authority: boolean;
}

/** An issuer: its name and its key. */
export interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
}

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A fresh P-256 key pair. */
export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** A certificate in PEM, for `subject`'s key, signed by the issuer. */
export function issueCertificate(
  request: CertificateRequest,
  subject: KeyObject,
  issuer: Issuer,
): string {
  const algorithm = sequence(OID.ecdsaWithSha256);
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(1 + Math.floor(request.from.getTime() / 1_000)),
    algorithm,
    distinguishedName(issuer.name),
    sequence(time(request.from), time(request.until)),
    distinguishedName(request.host),
    subject.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  const der = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const OID = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  subjectAltName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
} as const;

function extensions(request: CertificateRequest): readonly Buffer[] {
  const names = sequence(tagged(0x82, Buffer.from(request.host, 'ascii')));
  const found = [sequence(OID.subjectAltName, tagged(0x04, names))];
  if (request.authority) {
    const constraint = sequence(Buffer.from([0x01, 0x01, 0xff]));
    const critical = Buffer.from([0x01, 0x01, 0xff]);
    found.push(sequence(OID.basicConstraints, critical, tagged(0x04, constraint)));
  }
  return found;
}

function distinguishedName(name: string): Buffer {
  // Common names hold 64 characters at most; the alternative name carries the whole.
  const text = tagged(0x0c, Buffer.from(name.slice(0, 64), 'utf8'));
  return sequence(tagged(0x31, sequence(OID.commonName, text)));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const first = bytes[0] as number;
  return tagged(0x02, first >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\D/g, '').slice(0, 14);
  return tagged(0x17, Buffer.from(`${digits.slice(2)}Z`, 'ascii'));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}
