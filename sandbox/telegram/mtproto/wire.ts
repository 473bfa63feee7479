/**
 * Calls and answers as bytes. A call is JSON, with `{"$long":"…"}` and `{"$bytes":"base64"}` for what
 * JSON lacks; an answer is the protocol's own binary, so that what does not fit its schema cannot leave.
 */
import { Long, type tl } from '@mtcute/node';
import {
  __tlReaderMap,
  __tlWriterMap,
  TlBinaryReader,
  TlBinaryWriter,
} from '@mtcute/node/utils.js';

const VECTOR_ID = 0x1cb5c415;
const TRUE_ID = 0x997275b5;
const FALSE_ID = 0xbc799737;

export type AnswerValue = tl.TlObject | tl.TlObject[] | boolean;

export function writeAnswer(value: AnswerValue): Buffer {
  if (typeof value === 'boolean') return word(value ? TRUE_ID : FALSE_ID);
  if (!Array.isArray(value)) return Buffer.from(written(value));
  return Buffer.concat([word(VECTOR_ID), word(value.length), ...value.map(written)]);
}

/** As the client reads the answer to this method. */
export function readAnswer(method: string, bytes: Uint8Array): unknown {
  const reader = new TlBinaryReader(__tlReaderMap, bytes);
  const own = __tlReaderMap._results[method];
  return own ? own(reader) : reader.object();
}

/** Throws SyntaxError for what is not JSON. */
export function readCall(text: string): Record<string, unknown> {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$long' in value) return Long.fromString(String(value.$long));
    if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'));
    return value;
  });
}

function written(value: tl.TlObject): Uint8Array {
  return TlBinaryWriter.serializeObject(__tlWriterMap, value);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
