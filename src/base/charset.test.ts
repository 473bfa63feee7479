import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBody, headerCharset } from './charset.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  );
const utf8 = (text: string): Uint8Array => Buffer.from(text);
const SJIS = [0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea]; // 日本語
const EUC_JP = [0xc6, 0xfc, 0xcb, 0xdc, 0xb8, 0xec]; // 日本語
const GBK = [0xd6, 0xd0, 0xce, 0xc4]; // 中文
const BIG5 = [0xa4, 0xa4, 0xa4, 0xe5]; // 中文
const KOI8 = [0xf0, 0xd2, 0xc9, 0xd7, 0xc5, 0xd4]; // Привет
const CP1251 = [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]; // Привет
const ISO_2022_JP = [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42]; // 日本

const CASES: readonly [
  name: string,
  body: Uint8Array,
  header: string | undefined,
  text: string,
  charset: string,
][] = [
  ['nothing', bytes(), undefined, '', 'utf-8'],
  ['ASCII', bytes('abc'), undefined, 'abc', 'utf-8'],
  ['UTF-8 that nobody declares', utf8('Grüße 日本'), undefined, 'Grüße 日本', 'utf-8'],
  ['Latin-1 that nobody declares', bytes('Gr\xfc\xdfe'), undefined, 'Grüße', 'windows-1252'],
  ['curly quotes of Windows', bytes([0x93, 0x61, 0x94, 0x80]), undefined, '“a”€', 'windows-1252'],
  [
    'UTF-8 mark',
    bytes([0xef, 0xbb, 0xbf], utf8('ü') as unknown as number[]),
    undefined,
    'ü',
    'utf-8',
  ],
  [
    'UTF-8 mark against the header',
    bytes([0xef, 0xbb, 0xbf, 0xc3, 0xbc]),
    'text/html; charset=koi8-r',
    'ü',
    'utf-8',
  ],
  ['UTF-16 LE mark', bytes([0xff, 0xfe, 0x61, 0, 0xfc, 0]), undefined, 'aü', 'utf-16le'],
  [
    'UTF-16 BE mark',
    bytes([0xfe, 0xff, 0, 0x61, 0, 0xfc]),
    'text/html; charset=utf-8',
    'aü',
    'utf-16be',
  ],
  ['UTF-16 by header', bytes([0x61, 0, 0xfc, 0]), 'text/html; charset=utf-16', 'aü', 'utf-16le'],
  ['ASCII said to be UTF-16', bytes('plain'), 'text/html; charset=utf-16', 'plain', 'utf-8'],
  [
    'UTF-16 by its XML declaration',
    Buffer.from('<?xml version="1.0"?><a>ü</a>', 'utf16le'),
    undefined,
    '<?xml version="1.0"?><a>ü</a>',
    'utf-16le',
  ],
  ['header', bytes(KOI8), 'text/html; charset=KOI8-R', 'Привет', 'koi8-r'],
  ['header in quotes', bytes(CP1251), 'text/html;charset="windows-1251"', 'Привет', 'windows-1251'],
  [
    'header before meta',
    bytes('<meta charset=koi8-r>', CP1251),
    'text/html; charset=cp1251',
    '<meta charset=koi8-r>Привет',
    'windows-1251',
  ],
  [
    'a header that names nothing',
    bytes('<meta charset=koi8-r>', KOI8),
    'text/html; charset=none',
    '<meta charset=koi8-r>Привет',
    'koi8-r',
  ],
  [
    'meta charset',
    bytes('<meta charset="Shift_JIS">', SJIS),
    'text/html',
    '<meta charset="Shift_JIS">日本語',
    'shift_jis',
  ],
  [
    'meta http-equiv',
    bytes('<META http-equiv=Content-Type content="text/html; charset=euc-jp">', EUC_JP),
    undefined,
    '<META http-equiv=Content-Type content="text/html; charset=euc-jp">日本語',
    'euc-jp',
  ],
  [
    'meta with its words turned round',
    bytes("<meta content='text/html; charset=gb2312' http-equiv='content-type'/>", GBK),
    undefined,
    "<meta content='text/html; charset=gb2312' http-equiv='content-type'/>中文",
    'gbk',
  ],
  [
    'meta of something else',
    bytes('<meta name=x content="charset=koi8-r">', [0xfc]),
    undefined,
    '<meta name=x content="charset=koi8-r">ü',
    'windows-1252',
  ],
  [
    'meta in a comment',
    bytes('<!-- <meta charset=koi8-r> --><meta charset=big5>', BIG5),
    undefined,
    '<!-- <meta charset=koi8-r> --><meta charset=big5>中文',
    'big5',
  ],
  [
    'meta that says UTF-16',
    bytes('<meta charset=utf-16>', utf8('ü') as unknown as number[]),
    undefined,
    '<meta charset=utf-16>ü',
    'utf-8',
  ],
  [
    'meta too far down',
    bytes(' '.repeat(5_000), '<meta charset=koi8-r>', [0xfc]),
    undefined,
    `${' '.repeat(5_000)}<meta charset=koi8-r>ü`,
    'windows-1252',
  ],
  [
    'XML declaration',
    bytes('<?xml version="1.0" encoding="windows-1251"?>', CP1251),
    undefined,
    '<?xml version="1.0" encoding="windows-1251"?>Привет',
    'windows-1251',
  ],
  [
    'ISO-2022-JP, which is all ASCII',
    bytes(ISO_2022_JP),
    'text/html; charset=iso-2022-jp',
    '日本',
    'iso-2022-jp',
  ],
  ['UTF-8 said to be Latin-1', utf8('Grüße'), 'text/html; charset=iso-8859-1', 'Grüße', 'utf-8'],
  [
    'UTF-8 said to be GBK',
    utf8('网站地图和联系方式'),
    'text/html; charset=gbk',
    '网站地图和联系方式',
    'utf-8',
  ],
  [
    'Latin-1 said to be UTF-8',
    bytes('Gr\xfc\xdfe aus K\xf6ln'),
    'text/html; charset=utf-8',
    'Grüße aus Köln',
    'windows-1252',
  ],
  [
    'Latin-1 said to be UTF-8 by meta',
    bytes('<meta charset=utf-8>K\xf6ln'),
    undefined,
    '<meta charset=utf-8>Köln',
    'windows-1252',
  ],
  [
    'said to be UTF-8 by header, koi8-r by meta, and not UTF-8',
    bytes('<meta charset=koi8-r>', KOI8),
    'text/html; charset=utf-8',
    '<meta charset=koi8-r>Привет',
    'koi8-r',
  ],
  [
    'UTF-8 with one broken byte',
    bytes(utf8('Grüße aus Köln ') as unknown as number[], [0xff]),
    'text/html; charset=utf-8',
    'Grüße aus Köln \uFFFD',
    'utf-8',
  ],
  ['a replaced encoding', bytes('abc'), 'text/html; charset=hz-gb-2312', 'abc', 'utf-8'],
];

describe('charset', () => {
  for (const [name, body, header, text, charset] of CASES) {
    test(name, () => assert.deepEqual(decodeBody(body, header), { text, charset }));
  }

  test('charset of a Content-Type', () => {
    const cases: [string | undefined, string | undefined][] = [
      [undefined, undefined],
      ['text/html', undefined],
      ['text/html; charset=utf-8', 'utf-8'],
      ['text/html;CHARSET = "UTF-8" ; x=y', 'UTF-8'],
      ["text/html; charset='utf-8'", 'utf-8'],
      ['text/html; x=charset; charset=a', 'a'],
      ['text/html; charset=', undefined],
    ];
    for (const [header, charset] of cases) assert.equal(headerCharset(header), charset, header);
  });

  test('reads a view into a larger buffer', () => {
    const whole = utf8('xxGrüßexx');
    assert.equal(decodeBody(whole.subarray(2, -2), undefined).text, 'Grüße');
  });

  test('no page makes it slow', () => {
    const pages = [
      '<meta '.repeat(1_000),
      `<?xml ${' '.repeat(5_000)}`,
      '<!--'.repeat(2_000),
      `<meta ${'charset '.repeat(1_000)}`,
      `<meta http-equiv=content-type ${'charset='.repeat(1_000)}`,
    ];
    for (const page of pages) {
      const before = process.threadCpuUsage();
      decodeBody(bytes(page, [0xfc]), `text/html${'; charset '.repeat(1_000)}`);
      // Of the processor's time: how long the machine stood still meanwhile is no matter.
      assert.ok(process.threadCpuUsage(before).user < 500_000);
    }
  });
});
