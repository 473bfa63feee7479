/**
 * A form (`multipart/form-data`) with one file, read as it comes: the fields before the file are
 * known when the file begins, so its first rows can run before its last have come. What a form may
 * hold beside the file is bounded.
 */
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { messageOf, SluiceError } from '../base/errors.ts';

const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 64 * 1_024,
  fields: 24,
  files: 1,
  parts: 25,
  headerPairs: 50,
  headerSize: 16 * 1_024,
};

export interface FormFile {
  readonly name: string;
  readonly mediaType: string;
  /** Ends when the form does: what follows the file may still be wrong. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The fields that have come so far. */
  readonly fields: ReadonlyMap<string, string>;
  /** Resolves when all fields have come; rejects where the form is no good. */
  readonly whole: Promise<void>;
}

export interface FormReader<T> {
  /** Called when the file begins; must take its chunks to their end or reject. */
  readonly onFile: (file: FormFile) => Promise<T>;
  /** Whether fields may come behind the file. */
  readonly late: boolean;
}

/**
 * Resolves with what `onFile` made of the file. Rejects with `request.form`, or with what `onFile`
 * or `body` rejects with.
 */
export async function readForm<T>(
  body: AsyncIterable<Buffer>,
  contentType: string,
  reader: FormReader<T>,
): Promise<T> {
  const form = new Form(contentType, reader);
  try {
    for await (const chunk of body) await form.write(chunk);
    return await form.end();
  } catch (error) {
    form.fail(error);
    // The file's own end comes first: it says what became of the job.
    await form.settled();
    throw form.cause;
  }
}

class Form<T> {
  readonly #busboy: BusboyInstance;
  readonly #reader: FormReader<T>;
  readonly #fields = new Map<string, string>();
  readonly #finished = Promise.withResolvers<void>();
  #stream: BusboyFileStream | undefined;
  #result: Promise<T> | undefined;
  #failed: { readonly cause: unknown } | undefined;
  #stop: ((error: unknown) => void) | undefined;

  constructor(contentType: string, reader: FormReader<T>) {
    this.#reader = reader;
    this.#finished.promise.catch(() => {});
    try {
      this.#busboy = new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS });
    } catch (error) {
      throw badForm(messageOf(error).replace(/^Multipart: /, ''));
    }
    this.#busboy
      .on('field', (name, value, _nameCut, cut) => this.#field(name, value, cut))
      .on('file', (field, stream, name, _encoding, mediaType) => {
        this.#file(field, stream, name, mediaType);
      })
      .on('filesLimit', () => this.fail(badForm('it holds more than one file')))
      .on('fieldsLimit', () => this.fail(badForm(`it holds more than ${LIMITS.fields} fields`)))
      .on('partsLimit', () => this.fail(badForm(`it holds more than ${LIMITS.parts} parts`)))
      .on('error', (error) => this.fail(badForm(lowerFirst(messageOf(error)))))
      .on('finish', () => this.#finished.resolve());
  }

  get cause(): unknown {
    return this.#failed?.cause;
  }

  /** Resolves when there is room for more. */
  write(chunk: Buffer): Promise<void> {
    return this.#unlessFailed((resolve) => {
      this.#busboy.write(chunk, () => resolve());
    });
  }

  async end(): Promise<T> {
    this.#busboy.end();
    await this.#unlessFailed<void>((resolve, reject) => {
      this.#finished.promise.then(resolve, reject);
    });
    if (this.#result === undefined) throw badForm('it holds no file');
    return this.#result;
  }

  /** The first cause counts. */
  fail(cause: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = { cause };
    this.#finished.reject(cause);
    this.#stream?.destroy(cause instanceof Error ? cause : undefined);
    this.#stop?.(cause);
  }

  async settled(): Promise<void> {
    await this.#result?.catch(() => {});
  }

  #field(name: string | undefined, value: string, cut: boolean): void {
    const shown = String(name).slice(0, 60);
    if (name === undefined || name.length > LIMITS.fieldNameSize) {
      this.fail(badForm('a field has no name, or one that is too long'));
    } else if (name === 'file') {
      this.fail(badForm('the part file has no file name'));
    } else if (cut) {
      this.fail(badForm(`the field ${shown} is longer than ${LIMITS.fieldSize} bytes`));
    } else if (this.#fields.has(name)) {
      this.fail(badForm(`the field ${shown} is there twice`));
    } else if (this.#stream !== undefined && !this.#reader.late) {
      this.fail(badForm(`the field ${shown} comes after the file`));
    } else this.#fields.set(name, value);
  }

  #file(field: string | undefined, stream: BusboyFileStream, name: string, mediaType: string) {
    this.#stream = stream;
    // Told to whoever reads it; where nobody does yet, it must not end the process.
    stream.on('error', () => {});
    if (this.#failed !== undefined) {
      stream.resume();
      return;
    }
    if (field !== 'file') {
      this.fail(badForm(`the file is in the part ${String(field).slice(0, 60)}, not in file`));
      return;
    }
    this.#result = this.#reader.onFile({
      name: name ?? '',
      mediaType,
      chunks: this.#chunks(stream),
      fields: this.#fields,
      whole: this.#finished.promise,
    });
    this.#result.catch((error: unknown) => this.fail(error));
  }

  async *#chunks(stream: BusboyFileStream): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) yield chunk as Uint8Array;
    await this.#finished.promise;
  }

  #unlessFailed<R>(
    work: (resolve: (value: R) => void, reject: (error: unknown) => void) => void,
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) reject(this.#failed.cause);
      else {
        this.#stop = reject;
        work(resolve, reject);
      }
    });
  }
}

function badForm(detail: string): SluiceError {
  return new SluiceError('request.form', { detail: detail.replace(/\.$/, '') });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
