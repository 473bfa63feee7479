/** BigQuery as a kind of destination. */
import {
  type BigQueryAccess,
  BigQueryClient,
  type BigQueryParts,
} from '../bigquery/bigquery-client.ts';
import { BIGQUERY_EXAMPLE, bigQueryAddress, bigQueryPlace } from './bigquery-address.ts';
import { BigQuerySink } from './bigquery-sink.ts';
import type { SinkKind } from './delivery-sink.ts';

export function bigQueryKind(access: BigQueryAccess, parts: BigQueryParts): SinkKind {
  return {
    schemes: ['bigquery:'],
    example: BIGQUERY_EXAMPLE,
    local: false,
    check(address) {
      const read = bigQueryAddress(address);
      return { place: bigQueryPlace(read), ...(read.key.length > 0 && { key: read.key }) };
    },
    open: async (address) =>
      new BigQuerySink(new BigQueryClient(access, parts), bigQueryAddress(address)),
  };
}
