/** BigQuery as a kind of destination. */
import { SluiceError } from '../base/errors.ts';
import { withoutUser } from '../base/without-user.ts';
import {
  BIGQUERY_EXAMPLE,
  type BigQueryAddress,
  bigQueryPlace,
  readBigQueryAddress,
} from '../bigquery/bigquery-address.ts';
import {
  type BigQueryAccess,
  BigQueryClient,
  type BigQueryParts,
} from '../bigquery/bigquery-client.ts';
import { BigQuerySink } from './bigquery-sink.ts';
import type { SinkKind } from './delivery-sink.ts';

export function bigQueryKind(access: BigQueryAccess, parts: BigQueryParts): SinkKind {
  return {
    schemes: ['bigquery:'],
    example: BIGQUERY_EXAMPLE,
    local: false,
    keyed: true,
    check(address) {
      const read = addressIn(address);
      const names = (read.words.key ?? '').split(',').map((name) => name.trim());
      const key = names.filter((name) => name !== '');
      return { place: bigQueryPlace(read), ...(key.length > 0 && { key }) };
    },
    open: async (address) =>
      new BigQuerySink(new BigQueryClient(access, parts), addressIn(address)),
  };
}

function addressIn(address: string): BigQueryAddress {
  const read = readBigQueryAddress(address, ['key']);
  if (typeof read !== 'string') return read;
  throw new SluiceError('sink.invalid', { place: withoutUser(address), detail: read });
}
