import type { IncomingHttpHeaders } from 'node:http';
import { Busboy, type BusboyHeaders } from '@fastify/busboy';

export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: { readonly name: string; readonly bytes: Buffer } | undefined;
}

/** A form with a file in its field `file`. Rejects for what is no form. */
export function readForm(headers: IncomingHttpHeaders, body: Buffer): Promise<Form> {
  return new Promise((resolve, reject) => {
    const reader = new Busboy({ headers: headers as BusboyHeaders });
    const fields: Record<string, string> = {};
    let file: Form['file'];
    reader.on('field', (name, value) => {
      fields[name] = String(value);
    });
    reader.on('file', (field, stream, name) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        if (field === 'file') file = { name: String(name), bytes: Buffer.concat(parts) };
      });
    });
    reader.on('finish', () => resolve({ fields, file }));
    reader.on('error', reject);
    reader.end(body);
  });
}
