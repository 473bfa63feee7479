/**
 * A collector of your own in one file: what server and security headers does each site send?
 *
 *     npx sluice run ./examples/headers.ts examples/websites.csv -o headers.csv
 *
 * It gets retries, resume, limits, politeness, progress and CSV in and out without another line.
 */
import { defineCollector, hostLane, z } from 'sluice';

const site = z.object({ website: z.string().transform((cell) => cell.trim().toLowerCase()) });

export const collector = defineCollector({
  name: 'headers',
  summary: 'Server and security headers of websites.',
  input: site,
  record: z.object({ status: z.number(), server: z.string(), hsts: z.boolean() }),
  defaults: { output: 'row' },

  // Rows of one host start as that host's limits allow.
  lanes: (input) => [hostLane(input.website)],

  async *collect(input, ctx) {
    const page = await ctx.fetch(`https://${input.website}/`, { anyStatus: true });
    yield {
      records: [
        {
          status: page.status,
          server: page.headers.server ?? '',
          hsts: 'strict-transport-security' in page.headers,
        },
      ],
      done: true,
    };
  },
});
