/** A form with a file, as browsers send it. */

export interface MultipartForm {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** `boundary`: text that the file does not hold. */
export function multipart(
  fields: readonly (readonly [name: string, value: string])[],
  file: FormFile,
  boundary: string,
): MultipartForm {
  const parts: Uint8Array[] = fields.map(([name, value]) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
  );
  const disposition = `form-data; name="${file.field}"; filename="${quoted(file.name)}"`;
  parts.push(
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${file.type}\r\n\r\n`,
    ),
    file.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  );
  return {
    body: Buffer.concat(parts),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

function quoted(name: string): string {
  return name.replace(/[\r\n"\\]/g, '_');
}
