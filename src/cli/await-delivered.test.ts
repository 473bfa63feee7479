import assert from 'node:assert/strict';
import { it } from 'node:test';
import { awaitDelivered, type ShownDelivery } from './await-delivered.ts';
import { EXIT } from './exit.ts';

const DELIVERY = { id: 'd1', place: 'duckdb:calls.duckdb', delivered: 3, waiting: 4 } as const;

async function wait(states: readonly ShownDelivery['state'][], asked?: number) {
  const said: string[] = [];
  let looks = 0;
  const exit = await awaitDelivered({
    clock: { sleep: async () => {}, monoMs: () => looks, wallMs: () => 0 },
    look: async () => {
      const state = states[Math.min(looks, states.length - 1)] ?? 'delivering';
      looks += 1;
      return [{ ...DELIVERY, state }];
    },
    say: (line) => said.push(line),
    goOn: 'sluice jobs deliver j_1',
    asked,
  });
  return { exit, looks, rest: said.includes('Deliver the rest: sluice jobs deliver j_1') };
}

it('waits until all is there', async () => {
  const states = ['delivering', 'resting', 'delivering', 'delivered'] as const;
  assert.deepEqual(await wait(states), { exit: EXIT.ok, looks: 4, rest: false });
});

it('does not wait for a delivery that has stopped', async () => {
  assert.deepEqual(await wait(['stopped']), { exit: EXIT.away, looks: 1, rest: true });
});

it('does not wait once it was asked to stop, and is content where all is there', async () => {
  const rest = await wait(['delivering', 'delivered'], EXIT.terminated);
  assert.deepEqual(rest, { exit: EXIT.terminated, looks: 1, rest: true });
  assert.deepEqual(await wait(['delivered'], 130), { exit: EXIT.ok, looks: 1, rest: false });
});
