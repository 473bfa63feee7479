/**
 * One request a row, its status as the record. The option `slots` is the host's: '30' gives it 30,
 * '1-400@10' lets Sluice learn their number from 1 to 400, starting at 10; without it hosts are
 * treated as the settings say.
 */
import { z } from 'zod';
import { defineCollector } from '../../src/collectors/collector.ts';
import { hostLane, type LaneLimits } from '../../src/model/lane.ts';

const options = z.object({ slots: z.string().default('') });
type Options = z.infer<typeof options>;

/** Told of each row that is done, by the program that runs the collector in its own process. */
export const watch = { onDone: (_host: string) => {} };

export const collector = defineCollector<{ url: string }, Options>({
  name: 'one-request',
  input: z.object({ url: z.string() }),
  options,
  lanes: ({ url }) => [hostLane(new URL(url).host)],
  limits: (lane, { slots }) => (lane.startsWith('host:') ? slotLimits(slots) : undefined),
  async collect({ url }, ctx) {
    const page = await ctx.fetch(url);
    watch.onDone(new URL(url).hostname);
    return { records: [{ status: page.status }] };
  },
});

function slotLimits(slots: string): LaneLimits | undefined {
  if (slots === '') return undefined;
  const [, min, max, start] = /^(\d+)-(\d+)@(\d+)$/.exec(slots) ?? [];
  const concurrency =
    min === undefined
      ? Number(slots)
      : { min: Number(min), max: Number(max), start: Number(start) };
  return { concurrency, rate: 'learned', breaker: false };
}
