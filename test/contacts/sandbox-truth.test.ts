/** Extraction against the sandbox's truth: sites of nineteen countries, every way to hide an e-mail. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { emptyScore, KINDS, type Kind, precision, recall, scoreSandbox } from './sandbox-score.ts';

const SEEDS = [11, 2_027];
const SITES = 90;
const MISSES_SHOWN = 20;

const AT_LEAST: Readonly<Record<Kind, number>> = {
  email: 0.97,
  phone: 0.97,
  social: 0.97,
  address: 0.95,
  company: 0.95,
  hours: 0.95,
};

describe('extraction from the pages of the sandbox', () => {
  const score = emptyScore();
  const errors: Record<string, string[]> = {};
  before(() => {
    for (const seed of SEEDS) {
      scoreSandbox(score, seed, SITES, (site, page, sign, kind, value) => {
        errors[kind] ??= [];
        errors[kind].push(`${sign} ${site.host} ${page}: ${value}`);
      });
    }
  });
  for (const kind of KINDS) {
    it(`finds what a page says of ${kind}, and nothing else`, () => {
      const [found, right] = [recall(score[kind]), precision(score[kind])];
      const message = `recall ${found}, precision ${right}\n${(errors[kind] ?? [])
        .slice(0, MISSES_SHOWN)
        .join('\n')}`;
      assert.ok(score[kind].found > 100, `only ${score[kind].found} values of ${kind}`);
      assert.ok(found >= AT_LEAST[kind] && right >= AT_LEAST[kind], message);
    });
  }
});
