/** Which kind of destination an address is of. */
import { SluiceError } from '../../base/errors.ts';
import type { SinkKind } from '../../sinks/delivery-sink.ts';

/** The one with the longest scheme that fits. Throws `sink.invalid`. */
export function kindOf(address: string, kinds: readonly SinkKind[]): SinkKind {
  let found: SinkKind | undefined;
  let longest = 0;
  for (const kind of kinds) {
    for (const scheme of kind.schemes) {
      if (!address.startsWith(scheme) || scheme.length < longest) continue;
      found = kind;
      longest = scheme.length;
    }
  }
  if (found !== undefined) return found;
  const examples = kinds.map(({ example }) => example).join(', ');
  const place = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0] ?? 'this address';
  const detail = `nothing is known that begins so; known are ${examples}`;
  throw new SluiceError('sink.invalid', { place, detail });
}
