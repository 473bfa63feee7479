import { defineCollector } from '../../src/collectors/collector.ts';

/** A collector that does nothing and has nothing to say. */
export const collector = defineCollector({
  name: 'silence',
  async collect() {
    return { records: [], done: true };
  },
});
