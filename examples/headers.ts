/**
 * A collector of your own in one file: what server and security headers does each site send?
 *
 *     npx sluice run ./examples/headers.ts examples/websites.csv -o headers.csv
 *
 * It gets retries, resume, limits, politeness, progress and CSV in and out without another line.
 */
import { defineCollector, hostLane, z } from 'sluice';

/** A bare name such as `example.com` is asked by https. */
const website = z
  .string()
  .trim()
  .min(1, 'it names no website')
  .transform((cell) => (/^https?:\/\//i.test(cell) ? cell : `https://${cell}`))
  .pipe(z.url('it is no web address'));

export const collector = defineCollector({
  name: 'headers',
  summary: 'Server and security headers of websites.',
  input: z.object({ website }),
  record: z.object({ http_status: z.number(), server: z.string(), hsts: z.boolean() }),

  // Rows of one host start as that host's limits allow.
  lanes: (row) => [hostLane(new URL(row.website).host)],

  async *collect(row, ctx) {
    const page = await ctx.fetch(row.website, { anyStatus: true });
    yield {
      records: [
        {
          http_status: page.status,
          server: page.headers.server ?? '',
          hsts: 'strict-transport-security' in page.headers,
        },
      ],
      done: true,
    };
  },
});
