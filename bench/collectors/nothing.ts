import { defineCollector } from '../../src/collectors/collector.ts';

/** JSON of 500 bytes with what is around it. */
const RECORD = { text: 'x'.repeat(489) };

/** A collector that does nothing and says it in 500 bytes. */
export const collector = defineCollector({
  name: 'nothing',
  async collect() {
    return { records: [RECORD], done: true };
  },
});
