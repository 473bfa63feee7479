/** A collector for the dashboard's tests: what a shop's page answers becomes a record. */
import { z } from 'zod';
import { defineCollector, FailureError, hostLane } from '../../src/index.ts';

export const collector = defineCollector({
  name: 'prices',
  summary: 'Reads the price of each product from its page.',
  columnFor: 'product pages',
  input: z.object({ url: z.string().meta({ description: 'Address of the product.' }) }),
  options: z.object({
    currency: z.enum(['EUR', 'USD']).default('EUR').meta({ description: 'As it is shown.' }),
    details: z.boolean().default(false).meta({ description: 'Also what is below the fold.' }),
    pages: z.int().min(1).max(50).default(1).meta({ description: 'Pages of each product.' }),
    words: z.array(z.string()).optional().meta({ description: 'Only products with these.' }),
  }),
  record: z.object({ url: z.string(), title: z.string(), price: z.string() }),
  async *plan(source) {
    for await (const row of source.rows()) {
      const url = String(row.fields.url ?? row.cells[0] ?? '');
      if (/^https?:/.test(url)) yield { input: { url } };
      else {
        const message = `"${url}" is no address of a product.`;
        yield { reject: { class: 'invalid' as const, code: 'input.bad_url', message } };
      }
    }
  },
  lanes: ({ url }) => [hostLane(new URL(url).host)],
  async collect({ url }, ctx) {
    const page = await ctx.fetch(url, { robots: false });
    const { title, price, failure } = page.json() as {
      readonly title: string;
      readonly price: string;
      readonly failure?: string;
    };
    if (failure !== undefined) {
      throw new FailureError({
        class: 'gone',
        code: 'shop.sold_out',
        message: failure,
        hint: 'It is not sold any more.',
      });
    }
    ctx.note(`${title}: ${price}`);
    return { records: [{ url, title, price }], done: true };
  },
});
