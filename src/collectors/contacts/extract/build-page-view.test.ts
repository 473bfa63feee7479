import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildPageView } from './build-page-view.ts';

const URL = 'https://www.acme.test/';

function textOf(html: string): string {
  return buildPageView(html, URL).text;
}

describe('the text of a page view', () => {
  const rows: readonly (readonly [what: string, html: string, text: string])[] = [
    ['folds white space', '<p> a \n\t b </p>', 'a b'],
    ['breaks at blocks and br', '<div>a</div><p>b<br>c<hr>d', 'a\nb\nc\nd'],
    ['parts table cells by tabs', '<table><tr><td>a<td>b<tr><th>c<td>d</table>', 'a\tb\nc\td'],
    ['joins inline elements', '<b>in</b><i>fo</i>@<span>acme</span>.test', 'info@acme.test'],
    ['parts neighbouring links', '<a href=a>one</a><a href=b>two</a>', 'one two'],
    ['keeps lines of pre', '<pre>a\n b</pre>', 'a\nb'],
    [
      'reads references',
      '&lt;&#65;&#x42;&#67 &eacute;&nbsp;&copy2;&unknown;&',
      '<ABC é ©2;&unknown;&',
    ],
    ['reads windows-1252 numbers', '&#150;', '–'],
    ['keeps a lone less-than', 'a < b <3', 'a < b <3'],
    ['skips scripts and styles', '<script>"<p>no</p>"</script>a<style>b{}</style>', 'a'],
    ['skips upper-case raw elements', '<SCRIPT>no</Script >a', 'a'],
    ['skips comments', 'a<!-- <p> no -->b<!-->c<!---->d', 'abcd'],
    ['reads on behind an unclosed comment', 'a<!-- b', 'a b'],
    [
      'skips template, svg, select',
      '<template><p>x</template><svg><text>x</svg><select><option>x</select>a',
      'a',
    ],
    [
      'skips what is hidden',
      '<p hidden>x</p><i style="display: none">x</i><b style=visibility:hidden>x</b>a',
      'a',
    ],
    ['ends hiding with its element', '<div hidden><div>x</div>y</div>a', 'a'],
    ['ends hiding of an unclosed paragraph', '<p hidden>x<div>a</div>', 'a'],
    ['shows noscript', '<noscript>a</noscript>', 'a'],
    ['keeps aria-hidden text', '<span aria-hidden=true>a</span>', 'a'],
    [
      'reverses overridden direction',
      '<i style="unicode-bidi:bidi-override;direction:rtl">cba</i>',
      'abc',
    ],
    ['reverses bdo', '<bdo dir="rtl">cba</bdo>', 'abc'],
    ['reverses behind an override character', '\u202ecba\u202cd', 'abcd'],
    ['drops invisible characters', 'a\u200bb\u00adc\ufeff', 'abc'],
    ['folds full-width and Arabic digits', '（０３）＠ ٠١۲', '(03)@ 012'],
    [
      'applies hiding classes to small pieces',
      '<style>.x{display:none}</style>a<span class=x>b</span>c',
      'ac',
    ],
    [
      'ignores hiding in media rules',
      '<style>@media print{.x{display:none}}</style><i class=x>a</i>',
      'a',
    ],
    [
      'writes generated text',
      '<style>.m::after{content:"@acme.test"}</style><i class=m>info</i>',
      'info@acme.test',
    ],
    ['survives quotes that never close', '<a href="x>a</a> b', 'a b'],
    ['survives nested quotes', `<p title='a "b" > c'>d</p>`, 'd'],
    ['survives stray end tags', '</div></b>a</p>b', 'a\nb'],
    ['survives an open tag at the end', 'a<b', 'a'],
  ];
  for (const [what, html, text] of rows) it(what, () => assert.equal(textOf(html), text));

  it('shows a page that hides all of itself until its scripts run', () => {
    const words = 'many words of the page. '.repeat(40);
    assert.match(textOf(`<div style="display:none"><p>${words}</p></div>`), /^many words/);
  });
});

describe('the parts of a page view', () => {
  it('has language, title, base and meta', () => {
    const view = buildPageView(
      '<html lang="de-AT"><base href="/x/"><title> A &amp; B\n</title><meta name=Author content="Eva &lt;e@acme.test>">' +
        '<meta property="og:site_name" content=Acme><link rel=canonical href="https://acme.test/c">',
      URL,
    );
    assert.equal(view.lang, 'de-at');
    assert.equal(view.title, 'A & B');
    assert.equal(view.base, '/x/');
    assert.equal(view.meta.get('author'), 'Eva <e@acme.test>');
    assert.equal(view.meta.get('og:site_name'), 'Acme');
    assert.equal(view.meta.get('link:canonical'), 'https://acme.test/c');
  });

  it('has links with text, label or image text, and offsets into the text', () => {
    const view = buildPageView(
      '<p>x <a href="/a?b=1&amp;c=2" rel=ME>One <b>two</b></a><a href=/i><img alt=Logo></a>' +
        '<a href=/l aria-label="Call us"></a><a style="display:none" href=/h>h</a><area href=/m alt=Map>',
      URL,
    );
    const links = view.links.map(({ href, text, hidden }) => [href, text, hidden]);
    assert.deepEqual(links, [
      ['/a?b=1&c=2', 'One two', ''],
      ['/i', 'Logo', ''],
      ['/l', 'Call us', ''],
      ['/h', '', 'self'],
      ['/m', 'Map', ''],
    ]);
    assert.equal(view.links[0]!.rel, 'me');
    assert.equal(view.text.slice(view.links[0]!.start, view.links[0]!.end), 'One two');
  });

  it('has marks for microdata, RDFa, hCard and telling names, nested by depth', () => {
    const view = buildPageView(
      '<div itemscope itemtype="https://schema.org/LocalBusiness"><span itemprop=telephone content="+1">1</span></div>' +
        '<p property="schema:telephone">2</p><div class="vcard"><i class="tel">3</i></div><address>4</address>' +
        '<p class="plain">5</p><i data-cfemail=ab12>6</i>',
      URL,
    );
    const marks = view.marks.map((m) => [m.tag, m.itemprop, m.itemtype, m.className, m.depth]);
    assert.deepEqual(marks, [
      ['div', '', 'LocalBusiness', '', 0],
      ['span', 'telephone', '', '', 1],
      ['p', 'telephone', '', '', 0],
      ['div', '', '', 'vcard', 0],
      ['i', '', '', 'tel', 1],
      ['address', '', '', '', 0],
      ['i', '', '', '', 0],
    ]);
    assert.equal(view.marks[1]!.attributes.get('content'), '+1');
    assert.equal(view.marks[6]!.attributes.get('data-cfemail'), 'ab12');
    const tel = view.marks[4]!;
    assert.equal(view.text.slice(tel.start, tel.end), '3');
  });

  it('has JSON-LD and only scripts that may write an address', () => {
    const view = buildPageView(
      '<script type="application/ld+json">{"a":"b"}</script><script>var a = 1 + 2 + 3;</script>' +
        '<script>x("a" + "@" + "b")</script><a onclick="m(\'a@b\')">x</a>',
      URL,
    );
    assert.deepEqual(view.jsonLd, ['{"a":"b"}']);
    assert.deepEqual(view.scripts, ['x("a" + "@" + "b")', "m('a@b')"]);
  });
});

describe('any input', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    '<a ',
    '<div',
    ' href=',
    '"',
    "'",
    '=',
    '<!--',
    '-->',
    '&',
    '&#',
    '&#x4',
    ';',
    '<p hidden>',
    '<script>',
    '</script>',
    '<title>',
    '<bdo dir=rtl>',
    '</a>',
    'x',
    ' ',
    '\n',
    '\u202e',
    '<template>',
    '/>',
    '<td>',
    '<style>.a::before{content:"@"}',
    '</style>',
    '<i class=a>',
  );

  it('gives a view whose offsets lie in its text', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const view = buildPageView(pieces.join(''), URL);
        for (const { start, end } of [...view.links, ...view.marks]) {
          assert.ok(start <= end && end <= view.text.length);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('gives the same view twice, whatever was read between', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.string(), (pieces, other) => {
        const html = pieces.join('');
        const first = buildPageView(html, URL);
        buildPageView(other, URL);
        assert.deepEqual(buildPageView(html, URL), first);
      }),
      { numRuns: 100, seed: 8 },
    );
  });
});
