import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRobots, ROBOTS_BYTES_MAX, robotsFromReply } from './robots.ts';

const AGENT = 'Sluice/1.0 (+https://example.org)';

/** Each case: file, path, whether it is allowed. */
const RULES: readonly [name: string, file: string, path: string, allowed: boolean][] = [
  ['an empty file', '', '/a', true],
  ['no group for us and none for all', 'User-agent: other\nDisallow: /', '/a', true],
  ['the group for all', 'User-agent: *\nDisallow: /a', '/a/b', false],
  [
    'our group instead of the one for all',
    'User-agent: *\nDisallow: /\nUser-agent: sluice\nDisallow: /x',
    '/a',
    true,
  ],
  [
    'our group, empty, opens everything',
    'User-agent: *\nDisallow: /\n\nUser-agent: sluice\nDisallow:',
    '/a',
    true,
  ],
  ['names in any case', 'USER-AGENT: SLUICE\nDISALLOW: /A', '/A', false],
  ['paths in their own case', 'User-agent: *\nDisallow: /A', '/a', true],
  ['a token is not a prefix of ours', 'User-agent: slu\nDisallow: /', '/a', true],
  ['nor ours of it', 'User-agent: sluicebot\nDisallow: /', '/a', true],
  ['a version after the token', 'User-agent: Sluice/2.0\nDisallow: /', '/a', false],
  [
    'several agents for one group',
    'User-agent: x\nUser-agent: sluice\nUser-agent: y\nDisallow: /a',
    '/a',
    false,
  ],
  [
    'our groups are taken together',
    'User-agent: sluice\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: Sluice\nDisallow: /b',
    '/b',
    false,
  ],
  [
    'groups for all are taken together',
    'User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b',
    '/b',
    false,
  ],
  ['an empty line ends no group', 'User-agent: *\n\nDisallow: /a', '/a', false],
  [
    'lines before any group count for nobody',
    'Disallow: /\nUser-agent: *\nDisallow: /b',
    '/a',
    true,
  ],
  [
    'other lines end no list of agents',
    'User-agent: sluice\nSitemap: https://x.test/s.xml\nUser-agent: x\nDisallow: /a',
    '/a',
    false,
  ],
  ['the longest rule wins: allow', 'User-agent: *\nDisallow: /a\nAllow: /a/b', '/a/b/c', true],
  ['the longest rule wins: disallow', 'User-agent: *\nAllow: /a\nDisallow: /a/b', '/a/b/c', false],
  ['order is nothing', 'User-agent: *\nAllow: /a/b\nDisallow: /a', '/a/b/c', true],
  ['of equals allow wins', 'User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
  ['a trailing slash is meant', 'User-agent: *\nDisallow: /a/', '/a', true],
  ['the query is part of the path', 'User-agent: *\nDisallow: /*?s=', '/search?s=1', false],
  ['$ ends', 'User-agent: *\nDisallow: /*.php$', '/a.php', false],
  ['$ ends, and not before', 'User-agent: *\nDisallow: /*.php$', '/a.php?x', true],
  ['$ in the middle is itself', 'User-agent: *\nDisallow: /a$b', '/a$b/c', false],
  ['$ alone at the root', 'User-agent: *\nDisallow: /$', '/', false],
  ['$ alone at the root only', 'User-agent: *\nDisallow: /$', '/a', true],
  ['* matches nothing too', 'User-agent: *\nDisallow: /a*b', '/ab', false],
  ['* over slashes', 'User-agent: *\nDisallow: /a*/b', '/a/x/y/b', false],
  ['* at the front', 'User-agent: *\nDisallow: *.gif', '/x/y.gif', false],
  ['* and $', 'User-agent: *\nDisallow: /a*b*c$', '/axbxcxc', false],
  ['* and $, tail overlapping', 'User-agent: *\nDisallow: /ab*b$', '/ab', true],
  ['* at the end is nothing', 'User-agent: *\nDisallow: /a*', '/a', false],
  ['an escaped * is itself', 'User-agent: *\nDisallow: /a%2Ab', '/a*b', false],
  ['an escaped * matches no other', 'User-agent: *\nDisallow: /a%2Ab', '/axb', true],
  ['an escaped $ is itself', 'User-agent: *\nDisallow: /a%24', '/a$', false],
  ['raw UTF-8 in the rule', 'User-agent: *\nDisallow: /カ', '/%E3%82%AB', false],
  ['escapes in lower case', 'User-agent: *\nDisallow: /%e3%82%ab', '/%E3%82%AB', false],
  ['needless escapes', 'User-agent: *\nDisallow: /%7Ejoe/%61', '/~joe/a', false],
  ['needless escapes in the path', 'User-agent: *\nDisallow: /~joe', '/%7ejoe', false],
  ['an escaped slash is no slash', 'User-agent: *\nDisallow: /a%2Fb', '/a/b', true],
  ['comments', 'User-agent: * # all\nDisallow: /a # this\n# Disallow: /b', '/a', false],
  ['a commented rule', 'User-agent: *\nDisallow: /a\n# Disallow: /b', '/b', true],
  ['blanks around', ' \tUser-agent :\t* \n  Disallow\t:  /a  ', '/a', false],
  ['a byte order mark', '\uFEFFUser-agent: *\nDisallow: /a', '/a', false],
  ['CR LF', 'User-agent: *\r\nDisallow: /a\r\n', '/a', false],
  ['CR alone', 'User-agent: *\rDisallow: /a\r', '/a', false],
  ['a rule without slash', 'User-agent: *\nDisallow: a', '/a', true],
  ['robots.txt itself is always allowed', 'User-agent: *\nDisallow: /', '/robots.txt', true],
  ['nonsense', '<html>\n<body>not found</body>', '/a', true],
];

describe('robots.txt', () => {
  for (const [name, file, path, allowed] of RULES) {
    test(name, () => assert.equal(parseRobots(file, AGENT).allows(path), allowed));
  }

  test('crawl-delay of the group that applies', () => {
    const file =
      'User-agent: *\nCrawl-delay: 5\nUser-agent: sluice\nCrawl-delay: 1.5\nDisallow: /a';
    assert.equal(parseRobots(file, AGENT).crawlDelayMs, 1_500);
    assert.equal(parseRobots(file, 'Other').crawlDelayMs, 5_000);
    for (const value of ['', 'x', '-1', '1e9', 'Infinity', '99999999']) {
      assert.equal(
        parseRobots(`User-agent: *\nCrawl-delay: ${value}`, AGENT).crawlDelayMs,
        undefined,
      );
    }
  });

  test('what a status means', () => {
    const file = Buffer.from('User-agent: *\nDisallow: /a');
    const cases: [status: number, allowed: boolean, unreachable: boolean][] = [
      [200, false, false],
      [301, true, false],
      [401, true, false],
      [403, true, false],
      [404, true, false],
      [410, true, false],
      [429, false, true],
      [500, false, true],
      [503, false, true],
      [0, false, true],
    ];
    for (const [status, allowed, unreachable] of cases) {
      const robots = robotsFromReply(status, file, AGENT);
      assert.equal(robots.allows('/a'), allowed, `${status}`);
      assert.equal(robots.unreachable, unreachable, `${status}`);
    }
  });

  test('no more than 500 KiB are read', () => {
    const before = `User-agent: *\nDisallow: /a\n${'#'.repeat(ROBOTS_BYTES_MAX)}`;
    const robots = robotsFromReply(200, Buffer.from(`${before}\nDisallow: /b`), AGENT);
    assert.equal(robots.allows('/a'), false);
    assert.equal(robots.allows('/b'), true);
  });

  test('no file and no path make it slow', () => {
    const files = [
      `User-agent: *\nDisallow: /${'a*'.repeat(200_000)}b`,
      `User-agent: *\n${`Disallow: /${'*a'.repeat(500)}b$\n`.repeat(500)}`,
      `User-agent: *\n${`Disallow: /*${'a'.repeat(1_000)}b${'a'.repeat(1_000)}\n`.repeat(250)}`,
      'User-agent: x\n'.repeat(35_000),
      `User-agent: *\n${'Disallow: /é\n'.repeat(20_000)}`,
      '\r'.repeat(ROBOTS_BYTES_MAX),
    ];
    for (const [i, file] of files.entries()) {
      const before = process.threadCpuUsage();
      const robots = robotsFromReply(200, Buffer.from(file), AGENT);
      robots.allows(`/${'a'.repeat(100_000)}`);
      robots.allows(`/${'%61é'.repeat(50_000)}`);
      const tookMs = process.threadCpuUsage(before).user / 1_000;
      assert.ok(tookMs < 3_000, `file ${i} took ${tookMs} ms`);
    }
  });
});
