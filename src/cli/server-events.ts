/** Server-sent events as they come out of an answer's body. */

export interface ServerEvent {
  readonly name: string;
  /** Of the last event that had one. */
  readonly id: string;
  readonly data: unknown;
}

/** Ends where the stream ends; comments and ids without data only move `onId`. */
export async function* serverEvents(
  body: AsyncIterable<Uint8Array>,
  onId: (id: string) => void,
): AsyncGenerator<ServerEvent> {
  let name = '';
  let id = '';
  let data: string[] = [];
  for await (const line of lines(body)) {
    const [, field, value = ''] = /^(\w+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') name = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') id = value;
    if (line !== '') continue;
    if (id !== '') onId(id);
    if (data.length > 0) yield { name, id, data: JSON.parse(data.join('\n')) as unknown };
    name = '';
    data = [];
  }
}

/** Lines without their ends. What stands behind the last end is no line. */
async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield part.endsWith('\r') ? part.slice(0, -1) : part;
  }
}
