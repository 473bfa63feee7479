/**
 * Lists of leads as home-made systems collect them: so many lists at once, accounts in turn whatever
 * is left of them, and after a 429 a sleep. Runs until it is ended.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface RoundRobin {
  readonly url: string;
  readonly tokens: readonly string[];
  /** Ids of the lists. */
  readonly targets: readonly string[];
  readonly atOnce: number;
  readonly restMs: number;
  readonly pauseMinMs: number;
  readonly pauseMaxMs: number;
  readonly untilMs: number;
}

const task = JSON.parse(process.argv.at(-1) ?? '') as RoundRobin;
const endMs = performance.now() + task.untilMs;
const targets = [...task.targets];
let turn = 0;

async function collect(target: string): Promise<void> {
  for (let token = ''; performance.now() < endMs; ) {
    const account = task.tokens[turn++ % task.tokens.length];
    const url = new URL(`${task.url}/2/lists/${target}/members?max_results=100`);
    if (token !== '') url.searchParams.set('pagination_token', token);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${account}` } });
    const body = (await answer.json()) as { meta?: { next_token?: string } };
    if (answer.status === 429) {
      await delay(task.restMs);
      continue;
    }
    token = body.meta?.next_token ?? '';
    if (token === '') return;
    await delay(task.pauseMinMs + Math.random() * (task.pauseMaxMs - task.pauseMinMs));
  }
}

async function work(): Promise<void> {
  for (let next = targets.shift(); next && performance.now() < endMs; next = targets.shift()) {
    await collect(next);
  }
}

await Promise.all(Array.from({ length: task.atOnce }, work));
process.stdout.write('{}\n');
