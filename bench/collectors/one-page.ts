import { defineCollector } from '../../src/collectors/collector.ts';
import { hostLane } from '../../src/model/lane.ts';

/** A collector that reads the page of its row and keeps its size. */
export const collector = defineCollector<{ readonly url: string }>({
  name: 'one-page',
  lanes: ({ url }) => [hostLane(new URL(url).host)],
  async collect({ url }, ctx) {
    const page = await ctx.fetch(url);
    return { records: [{ bytes: page.body.byteLength }], done: true };
  },
});
