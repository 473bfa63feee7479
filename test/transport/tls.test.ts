import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { describe, test } from 'node:test';
import {
  exchange,
  failureOf,
  httpServer,
  listen,
  rawServer,
  testFetcher,
  textOf,
} from './loopback.ts';

/** Certificates of a CA made for these tests; its key is thrown away. */
const pem = (name: string) =>
  readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
const CA = pem('ca.pem');
const site = (name: string): ServerOptions => ({
  cert: pem(`${name}.pem`),
  key: pem(`${name}.key`),
});

describe('TLS', () => {
  test('is spoken with the name of the URL, wherever the name leads', async () => {
    const names: (string | boolean | undefined)[] = [];
    const secure = createTlsServer(site('good'), (request, response) => {
      names.push(
        (request.socket as { servername?: string | false }).servername,
        request.headers.host,
      );
      response.end('secret');
    });
    await using server = await listen(secure);
    const fetcher = testFetcher({ resolve: [`secure.test=127.0.0.1:${server.port}`], extraCa: CA });
    for (let i = 0; i < 3; i += 1) {
      assert.equal(textOf(await exchange(fetcher, 'https://secure.test/')), 'secret');
    }
    assert.deepEqual(names.slice(0, 2), ['secure.test', 'secure.test']);
    assert.equal(server.connections, 1);
    const host = { headers: { host: 'other.test' } };
    assert.equal(textOf(await exchange(fetcher, 'https://secure.test/', host)), 'secret');
    assert.deepEqual(names.slice(-2), ['secure.test', 'other.test']);
    // By address, the certificate has to name the address.
    assert.equal(textOf(await exchange(fetcher, `https://127.0.0.1:${server.port}/`)), 'secret');
    await fetcher.close();
  });

  const failures: [
    name: string,
    certificate: string,
    host: string,
    trusted: boolean,
    reason: RegExp,
  ][] = [
    ['an expired certificate', 'expired', 'secure.test', true, /expired/],
    ['a self-signed certificate', 'self', 'secure.test', true, /self-signed/],
    ['a certificate for another host', 'good', 'wrong.test', true, /another host/],
    ['a certificate of unknown issuer', 'good', 'secure.test', false, /issuer|intermediate/],
  ];
  for (const [name, certificate, host, trusted, reason] of failures) {
    test(`${name} is refused by name`, async () => {
      let asked = 0;
      await using server = await listen(createTlsServer(site(certificate), () => (asked += 1)));
      const fetcher = testFetcher({
        resolve: [`*=127.0.0.1:${server.port}`],
        extraCa: trusted ? CA : undefined,
      });
      const error = await failureOf(exchange(fetcher, `https://${host}/`));
      assert.equal(error.code, 'fetch.tls', error.message);
      assert.match(error.message, reason);
      assert.match(error.message, new RegExp(host));
      assert.equal(asked, 0);
      assert.equal(fetcher.gauges().openSockets, 0);
      await fetcher.close();
    });
  }

  test('a server without TLS, or that closes in the handshake, or says nothing', async () => {
    await using plain = await httpServer((_, response) => response.end());
    await using closing = await rawServer((socket) => socket.destroy());
    await using silent = await rawServer(() => {});
    const fetcher = testFetcher();
    const failing = (port: number) =>
      failureOf(exchange(fetcher, `https://127.0.0.1:${port}/`, { timeoutMs: 100 }));
    const spoken = await failing(plain.port);
    assert.equal(spoken.code, 'fetch.tls');
    assert.match(spoken.message, /does not speak TLS/);
    assert.equal((await failing(closing.port)).code, 'fetch.reset');
    assert.equal((await failing(silent.port)).code, 'fetch.timeout_connect');
    assert.equal(fetcher.gauges().openSockets, 0);
    await fetcher.close();
  });

  test('a TLS server asked in plain text', async () => {
    await using server = await listen(createTlsServer(site('good')));
    const fetcher = testFetcher();
    const error = await failureOf(exchange(fetcher, server.origin));
    assert.ok(['fetch.reset', 'fetch.protocol'].includes(error.code), error.message);
    await fetcher.close();
  });
});
