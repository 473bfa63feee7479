import { z } from 'zod';
import { defineCollector } from '../../src/collectors/collector.ts';

const options = z.object({ slots: z.coerce.number() });

/**
 * One request a row to a host that the task does not tell beforehand, so that any node may have it:
 * its slots, `slots` of them, must hold over all nodes all the same.
 */
export const collector = defineCollector<{ url: string }, z.infer<typeof options>>({
  name: 'late-lane',
  input: z.object({ url: z.string() }),
  options,
  limits: (lane, { slots }) =>
    lane.startsWith('host:') ? { concurrency: slots, rate: 'none', breaker: false } : undefined,
  async collect({ url }, ctx) {
    const { status } = await ctx.fetch(url);
    return { records: [{ status }], done: true };
  },
});
