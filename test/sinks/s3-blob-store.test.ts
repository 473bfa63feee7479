import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type FauxqsServer, interceptLocalhostDns, startFauxqs } from 'fauxqs';
import { seededRandom } from '../../src/base/random.ts';
import { contentDigest, contentPath, contentStem } from '../../src/sinks/content-path.ts';
import { S3BlobStore } from '../../src/sinks/s3-blob-store.ts';
import { type S3Choice, s3Place } from '../../src/sinks/s3-place.ts';
import { blobStoreSuite, readAll } from '../conformance/blob-store.ts';
import { quickClock } from '../fakes/quick-clock.ts';

const parts = { clock: quickClock, random: seededRandom(3) };

function choice(over: Partial<S3Choice>): S3Choice {
  return {
    to: 's3://bucket',
    endpoint: '',
    region: 'eu-west-1',
    keyId: 'KEY',
    keySecret: 'SECRET',
    sessionToken: '',
    addressing: 'auto',
    ...over,
  };
}

function openAt(endpoint: string, over: Partial<S3Choice> = {}): Promise<S3BlobStore> {
  return S3BlobStore.open(s3Place(choice({ endpoint, ...over })), parts);
}

async function bucketServer(): Promise<FauxqsServer> {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  server.createBucket('bucket');
  return server;
}

for (const [name, to] of [
  ['a bucket', 's3://bucket'],
  ["a bucket's prefix", "s3://bucket/some place/it's+(here)"],
] as const) {
  blobStoreSuite(name, async () => {
    const server = await bucketServer();
    const store = await openAt(`http://127.0.0.1:${server.port}`, { to });
    return { store, close: () => server.stop() };
  });
}

describe('S3-compatible storage', () => {
  let server: FauxqsServer;
  before(async () => {
    server = await bucketServer();
  });
  after(() => server.stop());

  it('is reached by the name of the bucket in the host as well', async (t) => {
    t.after(interceptLocalhostDns());
    const store = await openAt(`http://localhost:${server.port}`, { addressing: 'host' });
    const bytes = randomBytes(1_000);
    const stem = contentStem('t', contentDigest(bytes));
    await store.write({ path: contentPath(stem, 'bin'), bytes, contentType: 'image/png' });
    const other = await openAt(`http://127.0.0.1:${server.port}`, { addressing: 'path' });
    assert.deepEqual(await readAll(other, `${stem}.bin`), bytes);
  });

  it('says that there is no such bucket', async () => {
    await assert.rejects(openAt(`http://127.0.0.1:${server.port}`, { to: 's3://nowhere' }), {
      code: 'files.refused',
      message: /s3:\/\/nowhere\/.*404 NoSuchBucket/,
    });
  });

  it('says that nobody is there', async () => {
    await assert.rejects(openAt('http://127.0.0.1:1'), {
      code: 'files.unreachable',
      message: /ECONNREFUSED|bad port/,
    });
  });
});

describe('storage that answers otherwise', () => {
  it('is told nothing but the error where the key is wrong, and asked once', async (t) => {
    const { url, requests } = await scripted(t, (_request, response) => {
      const words = '<Code>SignatureDoesNotMatch</Code><Message>Check your key.</Message>';
      response.writeHead(403).end(`<Error>${words}</Error>`);
    });
    await assert.rejects(openAt(url), (error: Error & { code: string }) => {
      assert.equal(error.code, 'files.refused');
      assert.match(error.message, /403 SignatureDoesNotMatch: Check your key/);
      assert.doesNotMatch(error.message, /SECRET/);
      return true;
    });
    assert.equal(requests.length, 1);
  });

  it('is told in which region the bucket is', async (t) => {
    const { url } = await scripted(t, (_request, response) => {
      const headers = { 'x-amz-bucket-region': 'ap-south-1', location: 'http://127.0.0.1:1/' };
      response.writeHead(301, headers).end('<Error><Code>PermanentRedirect</Code></Error>');
    });
    await assert.rejects(openAt(url), { code: 'files.refused', message: /is in ap-south-1/ });
  });

  it('is asked again after 503 and a broken connection', async (t) => {
    const { url, requests } = await scripted(t, (request, response) => {
      if (requests.length === 1) response.writeHead(503).end('<Code>SlowDown</Code>');
      else if (requests.length === 2) request.socket.destroy();
      else response.end('<ListBucketResult></ListBucketResult>');
    });
    await openAt(url);
    assert.equal(requests.length, 3);
  });

  it('is given up on after four tries', async (t) => {
    const { url, requests } = await scripted(t, (_request, response) => {
      response.writeHead(500).end('<Code>InternalError</Code>');
    });
    await assert.rejects(openAt(url), {
      code: 'files.unreachable',
      message: /500 InternalError/,
    });
    assert.equal(requests.length, 4);
  });

  it('gets the bytes as they are, with their length and digest', async (t) => {
    const { url, requests } = await scripted(t, (_request, response) => response.end('<a></a>'));
    const store = await openAt(url, { sessionToken: 'FOR-NOW' });
    const bytes = randomBytes(70_000);
    await store.write({ path: 't/aa/bb/x', bytes, contentType: 'image/jpeg' });
    const { headers } = requests[1] as IncomingMessage;
    assert.equal(headers['content-length'], '70000');
    assert.equal(headers['content-type'], 'image/jpeg');
    assert.equal(headers['x-amz-content-sha256'], contentDigest(bytes));
    assert.equal(headers['x-amz-security-token'], 'FOR-NOW');
    assert.equal(headers['content-encoding'], undefined);
    assert.equal(headers['transfer-encoding'], undefined);
    assert.match(headers.authorization ?? '', /Credential=KEY\/\d{8}\/eu-west-1\/s3\/aws4_request/);
  });
});

describe('the address of a bucket', () => {
  const bases: readonly [Partial<S3Choice>, string][] = [
    [{}, 'https://bucket.s3.eu-west-1.amazonaws.com/'],
    [{ to: 's3://my.bucket' }, 'https://s3.eu-west-1.amazonaws.com/my.bucket/'],
    [{ endpoint: 'http://minio:9000' }, 'http://minio:9000/bucket/'],
    [{ endpoint: 'http://minio:9000/s3/', addressing: 'path' }, 'http://minio:9000/s3/bucket/'],
    [
      { endpoint: 'https://storage.example', addressing: 'host' },
      'https://bucket.storage.example/',
    ],
  ];
  for (const [over, base] of bases) {
    it(`is ${base}`, () => assert.equal(s3Place(choice(over)).base.href, base));
  }

  it('is refused without a key, a bucket or a plain prefix', () => {
    for (const over of [{ keySecret: '' }, { to: 's3://a' }, { to: 's3://bucket/a/../b' }]) {
      assert.throws(() => s3Place(choice(over)), { code: 'files.place_invalid' });
    }
  });
});

/** A server that answers as told, and what it was asked. */
async function scripted(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
