import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageView } from './build-page-view.ts';
import { textMarks } from './text-marks.ts';

const FILLER = 'words between '.repeat(40);

/** Pages whose marks are split by tags, references and folded space as they are written. */
const PAGES: Readonly<Record<string, string>> = {
  'digits in one element and the next': '<p>19<b>77</b> and <i>0</i>5<br>6</p>',
  'digits as references': '<p>&#49;&#57;77 and 5&#48; &amp;7</p>',
  'digits of other scripts': '<p>a０１２ b ٣٤ ü5 İ6 7</p>',
  'a comma and its capital in two elements':
    '<p>Springfield,</p> <b> IL</b>, <i>Ohio</i>,<b>Utah</b></p>',
  'a comma before folded space': '<p>Springfield,  \n IL,&nbsp;Ohio, &nbsp; Utah,\u200b Texas</p>',
  'counties in pieces': '<p>C<b>o</b>. Offaly Co. Clare</p><p>〒100-0001</p>',
  'copyright signs': '<p>Copy<b>right</b> © &copy; (c) (<i>c</i>) COPYRIGHT \ufffd 2014</p>',
  'words for dots': '<p>info at foo dot com, a <b>DOT</b> b AT c D<i>O</i>T d</p>',
  'words for closed':
    '<p>Sun: clo<b>sed</b>, So: <i>Ge</i>schlossen.Cerrado –fermé zамок 定休日</p><p>Closed</p>',
  'legal forms': '<p>Foo Inc. Bar, L<b>td</b> Baz</p><p>AG Qux e.V. mbH A/S</p>',
  networks: '<p>see x.com/foo, t.<b>me</b>/bar</p>',
  'text turned round': '<p>a <bdo dir="rtl">7791 ,oC</bdo> b \u202e5 tod ,\u202c 6</p>',
  'preformatted text': '<pre>a,\nB, C\n1\n2  3</pre>',
};

describe('marks noted while a text is written', () => {
  for (const [name, html] of Object.entries(PAGES)) {
    it(`are those of the text read anew: ${name}`, () => {
      const { text } = buildPageView(`${FILLER}${html}${FILLER}${html}`, 'http://example.com/');
      const noted = textMarks(text);
      // Another long text takes the place of this one.
      textMarks('7'.repeat(600));
      const read = textMarks(text);
      assert.notEqual(read, noted);
      assert.deepEqual({ ...read }, { ...noted });
    });
  }

  it('say where each kind stands', () => {
    const text = 'In 1977, A Co Ltd © (c) b dot c DOT x.com/y Sun:closed enclosed\nClosed';
    const marks = textMarks(text);
    assert.deepEqual(marks.digits, [3, 7]);
    assert.deepEqual(marks.places, [7, 11]);
    assert.deepEqual(marks.signs, [18, 20]);
    assert.deepEqual(marks.dots, [26, 32]);
    assert.deepEqual(marks.forms, [10, 13]);
    assert.deepEqual(marks.closings, [47, 54, 63]);
    assert.equal(marks.joinedDot, true);
    assert.equal(marks.networkPath, true);
  });
});
