/** The usual shortcut: so many requests at once, and the next so many when all of them are there. */
import { Agent, request } from 'undici';

export interface Batches {
  readonly urls: readonly string[];
  readonly size: number;
}

export interface BatchesDone {
  readonly answers: number;
  readonly wallMs: number;
}

const input = JSON.parse(process.argv.at(-1) ?? '') as Batches;
const agent = new Agent({ connections: input.size });
let answers = 0;
const startedMs = performance.now();
for (let from = 0; from < input.urls.length; from += input.size) {
  const batch = input.urls.slice(from, from + input.size);
  await Promise.all(
    batch.map(async (url) => {
      const { body } = await request(url, { dispatcher: agent });
      await body.dump();
      answers += 1;
    }),
  );
}
const done: BatchesDone = { answers, wallMs: performance.now() - startedMs };
await agent.close();
process.stdout.write(`${JSON.stringify(done)}\n`);
