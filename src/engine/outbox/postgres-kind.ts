/** Tables of a Postgres as a kind of destination; loaded when one is opened. */
import type { SinkKind } from '../../sinks/delivery-sink.ts';
import { deliveryTarget } from '../../store/postgres/table-target.ts';

/** @param poolMax - connections at most, of one destination */
export function postgresKind(poolMax: number): SinkKind {
  return {
    schemes: ['postgres:', 'postgresql:'],
    example: 'postgres://user@host/database?table=contacts',
    local: false,
    keyed: true,
    check(address) {
      const { name, key } = deliveryTarget(address);
      return { place: name, ...(key.length > 0 && { key }) };
    },
    async open(address) {
      const { PostgresDelivery } = await import('../../store/postgres/postgres-delivery.ts');
      return new PostgresDelivery(deliveryTarget(address), poolMax);
    },
  };
}
