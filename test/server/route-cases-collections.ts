/** Good requests for what a tenant keeps. */
import { NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import type { RouteCase } from './route-cases.ts';

const open = (path: string): RouteCase => ({ status: 200, request: () => ({ path }) });

/** A collection of `acme` with an entry. */
const ofCollection = (rest: string): RouteCase => ({
  status: 200,
  async request({ store }) {
    await store.createJob(spec('j_kept'));
    await store.addRows('j_kept', 0, [task(0)], NOW);
    const value = JSON.stringify({ name: 'Ada' });
    const keep = { collection: 'leads', key: '7', op: 'put', json: value } as const;
    await store.commit([step('j_kept', 0, { keeps: [keep] })]);
    return { path: `/v1/collections/leads${rest}` };
  },
});

export const COLLECTION_CASES: Readonly<Record<string, RouteCase>> = {
  listCollections: open('/v1/collections'),
  listEntries: ofCollection('/entries?prefix=7&changedSince=2020-01-01'),
  downloadCollection: ofCollection('/download?format=csv'),
  listCollectionDeliveries: ofCollection('/deliveries'),
  deliverCollection: {
    status: 202,
    async request(world) {
      const { path } = await ofCollection('/deliveries').request(world);
      return { path, json: { to: ['away'], prefix: '7' } };
    },
  },
};
