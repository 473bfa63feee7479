import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NameGate } from './name-gate.ts';

const unitsOf = (text: string) => Uint16Array.from(text, (unit) => unit.charCodeAt(0));
const passes = (gate: NameGate, value: string) =>
  gate.within(unitsOf(`"${value}"`), 1, 1 + value.length);

test('lets every name pass that it knows, wherever it stands', () => {
  const gate = new NameGate();
  const names = Array.from({ length: 100 }, (_, n) => `${'abc'.repeat(n % 4)}-name${n * n}`);
  for (const name of names) gate.add(name);
  for (const name of names) {
    for (const value of [name, `x ${name}`, `${name}\ty`, ` ${name}\n`]) {
      assert.ok(passes(gate, value), value);
    }
  }
});

test('stops nearly all others, and nothing that it cannot read', () => {
  const gate = new NameGate();
  for (const name of ['decoy', 'rtl', 'mail-at']) gate.add(name);
  const others = Array.from({ length: 1_000 }, (_, n) => `col-${n} w${n} btn`);
  const passed = others.filter((value) => passes(gate, value)).length;
  assert.ok(passed < 30, `${passed} of 1,000 passed`);
  assert.deepEqual(
    ['', ' ', 'DECOY', 'de&#99;oy', 'dé'].map((value) => passes(gate, value)),
    [false, false, false, true, true],
  );
});
