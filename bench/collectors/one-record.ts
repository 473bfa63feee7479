import { z } from 'zod';
import { defineCollector } from '../../src/collectors/collector.ts';

/** A collector that makes a record of each row's number and waits for nothing. */
export const collector = defineCollector({
  name: 'one-record',
  input: z.object({ id: z.coerce.number() }),
  record: z.object({
    id: z.number(),
    name: z.string(),
    email: z.string(),
    score: z.number(),
    active: z.boolean(),
    seen: z.iso.datetime(),
  }),
  async collect({ id: n }) {
    const record = {
      id: n,
      name: `Company ${n}`,
      email: `info@company-${n}.example`,
      score: n / 7,
      active: n % 2 === 0,
      seen: '2026-01-02T03:04:05Z',
    };
    return { records: [record], done: true };
  },
});
