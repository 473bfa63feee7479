import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readScriptStrings } from './script-strings.ts';

const READ: readonly (readonly [script: string, text: string, built: boolean])[] = [
  ['var a = "x@acme.de"', 'x@acme.de', false],
  ['f("x" + "@" + "acme.de")', 'x@acme.de', true],
  ['var d = "acme.de"; /* "no@no.de" */ var m = "x@" + d // "no@no.de"', 'x@acme.de', true],
  ['a = "x@"; a += "acme.de"; f(a)', 'x@acme.de', true],
  ['f(["de","acme","."].reverse()[0], `x@acme.de`)', 'x@acme.de', false],
  ['var u = "x"; f(`$' + '{u}@acme.de`)', 'x@acme.de', false],
  ['f("x#acme.de".replace(/#/g, "@"))', 'x@acme.de', true],
  ['f("x\\100acme.de")', 'x@acme.de', true],
  ['f(unknown + "x@acme.de" + other())', 'x@acme.de', true],
  ['document.write("x@acme.de")', 'x@acme.de', true],
];

describe('strings that a script puts together', () => {
  for (const [script, text, built] of READ) {
    it(script, () => {
      const found = readScriptStrings(script);
      const hits = found.filter((string) => string.text === text);
      assert.ok(hits.length > 0, JSON.stringify(found));
      assert.equal(
        hits.some((hit) => hit.built),
        built,
      );
    });
  }

  it('stay bounded however often a string is doubled', () => {
    const found = readScriptStrings(`var a = "@123456"; ${'a = a + a; f(a);'.repeat(200)}`);
    assert.ok(found.length <= 200 && found.every(({ text }) => text.length <= 4_096));
  });

  it('end for any source', () => {
    const piece = fc.constantFrom(
      'a',
      '"@',
      "'",
      '+',
      '(',
      ')',
      '[',
      ']',
      '.',
      ',',
      '=',
      '+=',
      '\\',
      '/',
      '/*',
      '*/',
      '`',
      '${',
      '}',
      '0x',
      '12',
      ' ',
      '\n',
      'fromCharCode',
      '.join(',
      'atob(',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
        assert.ok(readScriptStrings(pieces.join('')).length <= 200);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
