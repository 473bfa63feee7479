import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SluiceError } from '../base/errors.ts';
import { createAddressGuard } from './address-guard.ts';
import { closedKind, ipv6Groups } from './address-ranges.ts';

const CLOSED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
  private: [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    'fc00::1',
    'fdff::1',
    'fec0::1',
  ],
  'carrier-internal': ['100.64.0.1', '100.127.255.255'],
  'link-local': ['169.254.0.1', 'fe80::1', 'febf::1', '::ffff:169.254.1.1'],
  'cloud metadata': [
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '64:ff9b::169.254.169.254',
  ],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  reserved: [
    '240.0.0.1',
    '255.255.255.255',
    '192.0.0.1',
    '192.88.99.1',
    '2001::1',
    '2001:20::1',
    '5f00::1',
    '64:ff9b:1::1',
    '100::1',
    '::127.0.0.1',
    '::8.8.8.8',
    '4000::1',
  ],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmark: ['198.18.0.1', '198.19.255.255'],
  translated: ['2002:7f00:1::', '2002:808:808::1'],
  scoped: ['fe80::1%eth0', '2606:4700::1%1', 'not an address', '1.2.3', ''],
};
const OPEN = [
  '8.8.8.8',
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '198.17.0.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

const NONE = { allowHosts: [], resolve: [] };

describe('address ranges', () => {
  for (const [kind, addresses] of Object.entries(CLOSED)) {
    test(`${kind} is closed`, () => {
      for (const address of addresses) assert.equal(closedKind(address), kind, address);
    });
  }

  test('public addresses are open', () => {
    for (const address of OPEN) assert.equal(closedKind(address), undefined, address);
  });

  test('IPv6 groups are read in every notation', () => {
    const cases: [string, string][] = [
      ['::', '0:0:0:0:0:0:0:0'],
      ['::1', '0:0:0:0:0:0:0:1'],
      ['1::', '1:0:0:0:0:0:0:0'],
      ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
      ['::ffff:1.2.3.4', '0:0:0:0:0:ffff:102:304'],
      ['FD00:EC2::0254', 'fd00:ec2:0:0:0:0:0:254'],
    ];
    for (const [address, groups] of cases) {
      assert.equal(
        ipv6Groups(address)
          .map((group) => group.toString(16))
          .join(':'),
        groups,
      );
    }
  });

  test('every notation of a host in a URL comes down to an address that is closed', () => {
    const hosts = [
      '2130706433',
      '0x7f000001',
      '017700000001',
      '127.1',
      '0x7f.1',
      '0177.0.0.1',
      '１２７.０.０.１',
      '127。0。0。1',
      '①②⑦.⓪.⓪.①',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:127.0.0.1]',
      '0',
      '127.0.0.1.',
    ];
    for (const host of hosts) {
      const { hostname } = new URL(`http://${host}/`);
      const address = hostname.replace(/^\[|\]$|\.$/g, '');
      assert.ok(closedKind(address), `${host} = ${address}`);
    }
  });
});

describe('address guard', () => {
  const refusal = (allowHosts: string[], host: string, port: number, address: string) =>
    createAddressGuard({ ...NONE, allowHosts }).refusal(host, port, address);

  test('opens by host, suffix, network and port, and nothing beside', () => {
    const cases: [allow: string, host: string, port: number, address: string, open: boolean][] = [
      ['intern.test', 'intern.test', 80, '10.0.0.1', true],
      ['INTERN.test', 'intern.test', 80, '10.0.0.1', true],
      ['intern.test', 'x.intern.test', 80, '10.0.0.1', false],
      ['intern.test', 'intern.test.evil.example', 80, '10.0.0.1', false],
      ['*.intern.test', 'x.intern.test', 80, '10.0.0.1', true],
      ['*.intern.test', 'intern.test', 80, '10.0.0.1', false],
      ['*.intern.test', 'xintern.test', 80, '10.0.0.1', false],
      ['intern.test:8080', 'intern.test', 8080, '10.0.0.1', true],
      ['intern.test:8080', 'intern.test', 80, '10.0.0.1', false],
      ['10.0.0.0/8', 'any.test', 80, '10.9.9.9', true],
      ['10.0.0.0/8', 'any.test', 80, '192.168.0.1', false],
      ['10.0.0.0/8', 'any.test', 80, '::ffff:10.1.1.1', true],
      ['127.0.0.1', '127.0.0.1', 80, '127.0.0.1', true],
      ['127.0.0.1', 'localtest.test', 80, '127.0.0.1', true],
      ['127.0.0.1', '127.0.0.2', 80, '127.0.0.2', false],
      ['127.0.0.1:8080', '127.0.0.1', 8080, '127.0.0.1', true],
      ['127.0.0.1:8080', '127.0.0.1', 80, '127.0.0.1', false],
      ['[::1]', '[::1]', 80, '::1', true],
      ['::1', '[::1]', 80, '::1', true],
      ['[::1]:8080', '[::1]', 8080, '::1', true],
      ['[::1]:8080', '[::1]', 80, '::1', false],
      ['fd00::/8', '[fd00::5]', 80, 'fd00::5', true],
      ['fd00::/8', '[fe80::5]', 80, 'fe80::5', false],
      ['bücher.test', 'xn--bcher-kva.test', 80, '10.0.0.1', true],
    ];
    for (const [allow, host, port, address, open] of cases) {
      const kind = refusal([allow], host, port, address);
      assert.equal(kind === undefined, open, `${allow}: ${host}:${port} at ${address}`);
    }
  });

  test('routes by name, and what is routed to is open', () => {
    const guard = createAddressGuard({
      ...NONE,
      resolve: [
        'a.test=127.0.0.1:8080',
        '*.b.test=[::1]:9090',
        'c.test:443=127.0.0.2',
        '*=127.0.0.3:1',
      ],
    });
    assert.deepEqual(guard.route('a.test', 80), { address: '127.0.0.1', port: 8080 });
    assert.deepEqual(guard.route('x.b.test', 443), { address: '::1', port: 9090 });
    assert.deepEqual(guard.route('c.test', 443), { address: '127.0.0.2', port: 443 });
    assert.deepEqual(guard.route('c.test', 80), { address: '127.0.0.3', port: 1 });
    assert.deepEqual(guard.route('other.test', 25), { address: '127.0.0.3', port: 1 });
  });

  test('a rule for every name leaves addresses alone', () => {
    const guard = createAddressGuard({ ...NONE, resolve: ['*=127.0.0.1:8080'] });
    assert.deepEqual(guard.route('a.test', 80), { address: '127.0.0.1', port: 8080 });
    for (const host of ['169.254.169.254', '10.0.0.1', '8.8.8.8', '[::1]']) {
      assert.equal(guard.route(host, 80), undefined, host);
    }
  });

  test('refuses ports of other protocols unless they are named', () => {
    const guard = createAddressGuard({ allowHosts: ['mail.test:25', 'web.test'], resolve: [] });
    for (const port of [80, 443, 8080, 8443, 3000]) guard.checkPort('x.test', port);
    for (const port of [22, 25, 6379, 3306]) {
      assert.throws(() => guard.checkPort('x.test', port), { code: 'fetch.port_blocked' });
    }
    guard.checkPort('mail.test', 25);
    assert.throws(() => guard.checkPort('web.test', 25), { code: 'fetch.port_blocked' });
  });

  test('entries that cannot be read are refused by name', () => {
    for (const entry of [
      '',
      '*',
      'a b',
      'http://x.test',
      'x.test/path',
      '10.0.0.0/33',
      'x.test:0',
      'x.test:99999',
      '*.',
      'user@x.test',
      '::1/129',
    ]) {
      assert.throws(
        () => createAddressGuard({ ...NONE, allowHosts: [entry] }),
        (error) => error instanceof SluiceError && error.code === 'settings.invalid',
        `allowHosts: ${entry}`,
      );
    }
    for (const entry of [
      '',
      'a.test',
      'a.test=',
      '=127.0.0.1:80',
      'a.test=b.test:80',
      'a.test=127.0.0.1:0',
      'a.test=127.0.0.1:x',
      '10.0.0.0/8=127.0.0.1',
    ]) {
      assert.throws(
        () => createAddressGuard({ ...NONE, resolve: [entry] }),
        (error) => error instanceof SluiceError && error.code === 'settings.invalid',
        `resolve: ${entry}`,
      );
    }
  });
});
