/**
 * Everything that an API has about each row, page by page: the members of each list.
 *
 *     API_KEY=… npx sluice run ./examples/paged-api.ts examples/lists.csv \
 *       --opt api=https://api.example.com -o members.csv
 *
 * Each page is on disk before the next is asked for. After Ctrl-C, a crash or a failure a list goes
 * on at its last cursor; no member is stored twice and none is left out.
 */
import { defineCollector, FailureError, z } from 'sluice';

/** The limit of the API, whichever list is asked for: every request passes this lane. */
const API = 'api:members';

/** What a page must look like. Anything else is a change of the API, not a row's fault. */
const Answer = z.object({
  members: z.array(z.object({ id: z.string(), name: z.string() })),
  next: z.string().nullish(),
});

export const collector = defineCollector({
  name: 'paged-api',
  summary: 'The members of lists, from an API with pages.',
  input: z.object({ list: z.string().regex(/^[\w-]+$/, 'it is no list id') }),
  options: z.object({
    api: z.url().describe('address of the API, such as https://api.example.com/v1'),
    perSecond: z.coerce.number().positive().default(5).describe('requests a second'),
  }),
  record: z.object({ list: z.string(), id: z.string(), name: z.string() }),
  // One line a member, not one a list.
  defaults: { output: 'record' },

  lanes: () => [API],
  limits: (lane, options) =>
    lane === API
      ? { concurrency: 4, rate: { perSecond: options.perSecond, burst: 1 }, breaker: true }
      : undefined,

  async *collect({ list }, ctx) {
    // Set where an earlier attempt left off.
    let cursor = ctx.cursor as string | undefined;
    do {
      const url = new URL(`${ctx.options.api.replace(/\/$/, '')}/lists/${list}/members`);
      if (cursor !== undefined) url.searchParams.set('cursor', cursor);
      const page = await ctx.fetch(url, {
        lane: API,
        headers: { authorization: `Bearer ${process.env.API_KEY ?? ''}` },
      });
      const answer = Answer.safeParse(page.json());
      if (!answer.success) {
        throw new FailureError({
          class: 'invalid',
          code: 'members.format',
          message: `The API answered something else: ${answer.error.issues[0]?.message}.`,
        });
      }
      cursor = answer.data.next ?? undefined;
      const records = answer.data.members.map((member) => ({ list, ...member }));
      yield { records, cursor, done: cursor === undefined };
    } while (cursor !== undefined);
  },
});
