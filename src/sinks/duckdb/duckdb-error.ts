/** What DuckDB and the file system say, in the words of the error table. */
import { messageOf, SluiceError } from '../../base/errors.ts';
import { writeFailure } from '../durable-file.ts';

export function duckdbError(error: unknown, place: string): unknown {
  if (error instanceof SluiceError) return error;
  const failure = writeFailure(error);
  const text = messageOf(error).split('\n')[0]?.trim() ?? '';
  const detail = text.replace(/^[A-Z]\w*( \w+)? Error: /, '').replace(/\.$/, '');
  const options = { cause: error };
  if (failure?.full || /No space left|disk quota|out of disk/i.test(text)) {
    return new SluiceError('sink.full', { place }, options);
  }
  if (/lock on file|Conflicting lock|already open/i.test(text)) {
    const words = 'another process has the file open';
    return new SluiceError('sink.busy', { place, detail: words }, options);
  }
  if (failure !== undefined) {
    return new SluiceError('sink.unavailable', { place, detail: failure.detail }, options);
  }
  if (/^(Transaction|TransactionContext) /i.test(text)) {
    return new SluiceError('sink.failed', { place, detail }, options);
  }
  if (
    /^(Conversion|Invalid Input|Catalog|Binder|Constraint|Dependency|Not implemented|Parser)/i.test(
      text,
    )
  ) {
    return new SluiceError('sink.refused', { place, detail }, options);
  }
  if (/not a valid DuckDB|Serialization/i.test(text)) {
    return new SluiceError('sink.refused', { place, detail: 'it is no DuckDB file' }, options);
  }
  if (/^(IO|Out of Memory|Fatal|Interrupt)/i.test(text)) {
    return new SluiceError('sink.unavailable', { place, detail }, options);
  }
  return error;
}
