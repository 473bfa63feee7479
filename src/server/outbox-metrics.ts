/** Deliveries of records, for Prometheus: what each state has, and how much is still waiting. */
import type { Outbox } from '../engine/outbox/outbox.ts';
import { DELIVERY_STATES } from '../model/outbox.ts';
import type { Metrics } from './metrics.ts';

export function watchOutbox(metrics: Metrics, outbox: Pick<Outbox, 'standing'>): void {
  metrics.gauge('deliveries', 'Deliveries of records.', ['state'], async (to) => {
    const { states } = await outbox.standing();
    for (const state of DELIVERY_STATES) to.set({ state }, states.get(state) ?? 0);
  });
  metrics.gauge('deliveries_waiting_records', 'Records not yet delivered.', [], async (to) => {
    to.set((await outbox.standing()).waiting);
  });
}
