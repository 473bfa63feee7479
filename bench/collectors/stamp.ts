import { defineCollector } from '../../src/collectors/collector.ts';

/** A collector that says when it ran, by the clock that all processes of a machine share. */
export const collector = defineCollector({
  name: 'stamp',
  async collect() {
    return { records: [{ atNs: String(process.hrtime.bigint()) }], done: true };
  },
});
