import { z } from 'zod';
import { defineCollector } from '../../src/collectors/collector.ts';

const options = z.object({ ms: z.coerce.number().default(0) });

/** A collector that holds its slot for a while and has nothing to say. */
export const collector = defineCollector<unknown, z.infer<typeof options>>({
  name: 'hold',
  options,
  async collect(_input, ctx) {
    await new Promise((resolve) => setTimeout(resolve, ctx.options.ms));
    return { records: [], done: true };
  },
});
