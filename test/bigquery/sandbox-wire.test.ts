/** The stand-in as Google's own client meets it, and as a program without it does. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';
import { people } from '../../sandbox/bigquery/samples.ts';
import { type BigQueryStandIn, startBigQuery } from '../../sandbox/bigquery/start-bigquery.ts';

const FAR_MS = Date.UTC(2100, 0, 1);

let sandbox: BigQueryStandIn;
let client: BigQuery;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-bigquery-'));
  sandbox = await startBigQuery({ rows: 25, jobMs: 5, pageRows: 10, directory: folder });
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'x', expiry_date: FAR_MS });
  const { project: projectId, url: apiEndpoint } = sandbox;
  // Two copies of the same library say that their types differ.
  const auth = { authClient } as unknown as { authClient: never };
  client = new BigQuery({ projectId, apiEndpoint, ...auth, autoRetry: false });
});
after(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

const reasonOf = (error: { errors?: { reason?: string }[] }) => error.errors?.[0]?.reason;

describe('the stand-in of BigQuery, for Google’s client', () => {
  it('gives every type as it is, page after page', async () => {
    const [rows] = await client.query({ query: 'SELECT * FROM `samples.people` ORDER BY id' });
    const truth = [...people(1, 25)];
    assert.equal(rows.length, 25);
    for (const [i, person] of truth.entries()) {
      const { seen, born, balance, extra, address, score, ...row } = rows[i];
      assert.equal(String(row.id), person.id);
      assert.equal(row.name, person.name);
      assert.equal(score, person.score);
      const digits = (text: unknown) => String(text).replace(/\+00$|\D/g, '');
      assert.equal(digits(seen.value), digits(person.seen).padEnd(23, '0'));
      assert.equal(born.value, person.born);
      assert.equal(Number(balance.toString()), Number(person.balance));
      assert.deepEqual(row.tags, person.tags);
      assert.deepEqual(extra === null ? null : JSON.parse(extra), person.extra);
      assert.equal(String(address.zip), (person.address as { zip: string }).zip);
    }
    const lines = readFileSync(sandbox.files?.truthFile as string, 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, 25);
  });

  it('takes parameters, and says what a query has wrong', async () => {
    const query =
      'SELECT id FROM `sandbox.samples.people` WHERE id IN UNNEST(@ids) AND id < @below';
    const [rows] = await client.query({ query, params: { ids: [3, 9, 24], below: 20 } });
    assert.deepEqual(
      rows.map(({ id }) => id),
      [3, 9],
    );
    await assert.rejects(
      client.query('SELEC 1'),
      (error: never) => reasonOf(error) === 'invalidQuery',
    );
    await assert.rejects(client.query('SELECT * FROM `samples.nobody`'), { code: 404 });
  });

  it('makes datasets and tables once', async () => {
    const [dataset] = await client.createDataset('calls', { location: 'US' });
    await assert.rejects(client.createDataset('calls'), { code: 409 });
    const schema = [
      { name: 'id', type: 'STRING', mode: 'REQUIRED' },
      { name: 'n', type: 'INT64' },
    ];
    const [table] = await dataset.createTable('calls', { schema });
    assert.deepEqual(await table.exists(), [true]);
    assert.deepEqual(await dataset.table('none').exists(), [false]);
    await table.setMetadata({ schema: [...schema, { name: 'later', type: 'TIMESTAMP' }] });
    const [metadata] = await table.getMetadata();
    assert.deepEqual(
      metadata.schema.fields.map(({ name }: { name: string }) => name),
      ['id', 'n', 'later'],
    );
  });

  it('takes streamed rows each by itself, once by its name', async () => {
    const table = client.dataset('calls').table('calls');
    const rows = [
      { insertId: 'a', json: { id: 'a', n: 1 } },
      { insertId: 'b', json: { id: 'b', n: 'two' } },
    ];
    const options = { raw: true, skipInvalidRows: true, partialRetries: 0 };
    await assert.rejects(
      table.insert(rows, options),
      (error: { errors: { row: unknown; errors: { reason: string }[] }[] }) => {
        assert.deepEqual(
          error.errors.map((one) => one.errors[0]?.reason),
          ['invalid'],
        );
        return true;
      },
    );
    await table.insert([rows[0]], options);
    assert.deepEqual(await sandbox.rows('calls.calls'), [{ id: 'a', n: 1, later: null }]);
    // What was streamed just now is no matter of statements yet.
    await assert.rejects(client.query('DELETE FROM `calls.calls` WHERE true'), /streaming buffer/);
    sandbox.control({ do: 'advance', minutes: 120 });
    await client.query('DELETE FROM `calls.calls` WHERE true');
    assert.deepEqual(await sandbox.rows('calls.calls'), []);
  });

  it('loads a file by a job, whose name is used once', async () => {
    const file = join(folder, 'calls.csv');
    writeFileSync(file, 'id,n,later\n"one, two",1,2026-11-20T10:00:00Z\ntwo,,\n');
    const table = client.dataset('calls').table('calls');
    const load = { sourceFormat: 'CSV', skipLeadingRows: 1, jobId: 'load-1' };
    await table.load(file, load);
    assert.deepEqual(await sandbox.rows('calls.calls'), [
      { id: 'one, two', n: 1, later: '2026-11-20 10:00:00+00' },
      { id: 'two', n: null, later: null },
    ]);
    await assert.rejects(table.load(file, load), { code: 409 });
    assert.equal((await sandbox.rows('calls.calls')).length, 2);
    const lines = ['{"id":"x","n":1}', '{"id":"y","n":"many"}', '{"n":3}', ''].join('\n');
    writeFileSync(join(folder, 'calls.json'), lines);
    const json = { sourceFormat: 'NEWLINE_DELIMITED_JSON', writeDisposition: 'WRITE_TRUNCATE' };
    await assert.rejects(table.load(join(folder, 'calls.json'), json), /too many errors/);
    const [job] = await table.load(join(folder, 'calls.json'), { ...json, maxBadRecords: 2 });
    assert.equal(job.status?.errors?.length, 2);
    assert.match(String(job.status?.errors?.[0]?.message), /row starting at position 17: Field: n/);
    assert.deepEqual(await sandbox.rows('calls.calls'), [{ id: 'x', n: 1, later: null }]);
  });

  it('merges one table into another', async () => {
    await client.query(
      'CREATE TABLE `calls.fresh` (id STRING, n INT64, later TIMESTAMP) CLUSTER BY id',
    );
    await client.query("INSERT `calls.fresh` (id, n) VALUES ('x', 7), ('it\\'s', 8)");
    const [job] = await client.createQueryJob({
      jobId: 'merge-1',
      query: `MERGE \`calls.calls\` T USING \`calls.fresh\` S ON T.id = S.id
        WHEN MATCHED THEN UPDATE SET n = S.n
        WHEN NOT MATCHED THEN INSERT (id, n, later) VALUES (S.id, S.n, S.later)`,
    });
    await job.getQueryResults();
    const [{ statistics }] = await job.getMetadata();
    assert.equal(statistics.query.numDmlAffectedRows, '2');
    const rows = await sandbox.rows('calls.calls');
    assert.deepEqual(rows.map(({ id, n }) => [id, n]).sort(), [
      ["it's", 8],
      ['x', 7],
    ]);
    await assert.rejects(client.createQueryJob({ jobId: 'merge-1', query: 'SELECT 1' }), {
      code: 409,
    });
  });

  it('goes wrong as it is told', async () => {
    sandbox.reset();
    for (const [mode, code, reason] of [
      ['rate-limit', 403, 'rateLimitExceeded'],
      ['quota', 403, 'quotaExceeded'],
      ['denied', 403, 'accessDenied'],
      ['unavailable', 503, 'backendError'],
    ] as const) {
      sandbox.control({ do: 'fail', mode, at: 'table' });
      await assert.rejects(client.dataset('calls').table('calls').getMetadata(), (error: never) => {
        assert.deepEqual([(error as { code: number }).code, reasonOf(error)], [code, reason]);
        return true;
      });
    }
    sandbox.control({ do: 'fail', mode: 'job-error', at: 'query' });
    const [job] = await client.createQueryJob({ query: 'SELECT 1', jobId: 'ends-badly' });
    await assert.rejects(
      job.getQueryResults(),
      (error: never) => reasonOf(error) === 'backendError',
    );
    // Done, and nobody was told.
    sandbox.control({ do: 'fail', mode: 'lost', at: 'query' });
    const lost = { query: 'SELECT 1', jobId: 'lost' };
    await assert.rejects(client.createQueryJob(lost));
    await assert.rejects(client.createQueryJob(lost), { code: 409 });
    assert.equal(sandbox.stats().faults.lost, 1);
  });
});

describe('the stand-in of BigQuery, over plain requests', () => {
  const base = () => `${sandbox.url}/upload/bigquery/v2/projects/sandbox/jobs`;
  const json = async (response: Response) =>
    (await response.json()) as { status: { state: string } };

  it('takes a file in pieces, and says how far it is', async () => {
    const configuration = {
      load: {
        destinationTable: { projectId: 'sandbox', datasetId: 'calls', tableId: 'pieces' },
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        schema: { fields: [{ name: 'id', type: 'STRING' }] },
      },
    };
    const jobReference = { projectId: 'sandbox', jobId: 'pieces-1' };
    const begun = await fetch(`${base()}?uploadType=resumable`, {
      method: 'POST',
      body: JSON.stringify({ configuration, jobReference }),
    });
    const place = begun.headers.get('location') as string;
    const bytes = Buffer.from('{"id":"a"}\n{"id":"b"}\n');
    const put = (piece: Buffer, range: string) =>
      fetch(place, {
        method: 'PUT',
        body: new Uint8Array(piece),
        headers: { 'content-range': range },
      });
    const first = await put(bytes.subarray(0, 8), `bytes 0-7/${bytes.length}`);
    assert.deepEqual([first.status, first.headers.get('range')], [308, 'bytes=0-7']);
    const asked = await put(Buffer.alloc(0), `bytes */${bytes.length}`);
    assert.deepEqual([asked.status, asked.headers.get('range')], [308, 'bytes=0-7']);
    const last = await put(bytes.subarray(8), `bytes 8-${bytes.length - 1}/${bytes.length}`);
    assert.equal(last.status, 200);
    const jobUrl = `${sandbox.url}/bigquery/v2/projects/sandbox/jobs/pieces-1`;
    for (;;) {
      const { status } = await json(await fetch(jobUrl));
      if (status.state === 'DONE') break;
    }
    assert.deepEqual(await sandbox.rows('calls.pieces'), [{ id: 'a' }, { id: 'b' }]);
  });

  it('serves both forms of its addresses, and no other project', async () => {
    const at = async (path: string) => (await fetch(sandbox.url + path)).status;
    assert.equal(await at('/bigquery/v2/projects/sandbox/datasets/samples?prettyPrint=false'), 200);
    assert.equal(await at('/projects/sandbox/datasets/samples'), 200);
    assert.equal(await at('/bigquery/v2/projects/other/datasets/samples'), 404);
    assert.equal(await at('/other'), 404);
  });
});
