/** Puts deliveries together: kinds of destinations, the box for addresses, and who delivers. */
import { join } from 'node:path';
import { SluiceError } from './base/errors.ts';
import { SecretBox } from './base/secret-box.ts';
import type { EngineSession, OpenDestination, OutboxSession, Workbench } from './cli/workbench.ts';
import { EntryDeliveries } from './engine/outbox/entry-deliveries.ts';
import { kindOf } from './engine/outbox/kind-of.ts';
import { Outbox } from './engine/outbox/outbox.ts';
import { pooledKind } from './engine/outbox/pooled-kind.ts';
import { postgresKind } from './engine/outbox/postgres-kind.ts';
import { schemaColumns } from './engine/record-columns.ts';
import { RoleKeeper } from './engine/role-keeper.ts';
import type { RecordFilePart } from './model/record-file.ts';
import type { Settings } from './model/settings.ts';
import { bigQueryKind } from './sinks/bigquery-kind.ts';
import type { SinkKind } from './sinks/delivery-sink.ts';
import { duckdbKinds } from './sinks/duckdb/duckdb-kinds.ts';
import { checkPart, RECORD_FILES } from './store/record-files/record-file-folder.ts';

type Bench = Pick<
  Workbench,
  'resolved' | 'dataDir' | 'cwd' | 'clock' | 'random' | 'log' | 'registry' | 'pools'
>;

/** In a cluster one node at a time delivers, of all jobs; alone, `begin` may name one job. */
export function openOutbox(
  bench: Bench,
  { engine, store, cluster }: Pick<EngineSession, 'engine' | 'store' | 'cluster'>,
): OutboxSession {
  const { dataDir, clock, random, log, registry } = bench;
  const { settings } = bench.resolved;
  const kinds = sinkKinds(bench);
  const named = namedDestinations(settings);
  const entries = new EntryDeliveries({ kinds, named, clock, random });
  const outbox = new Outbox({
    store,
    feed: engine.feed,
    kinds,
    sealer: new SecretBox({ key: settings.secretKey, file: join(dataDir, 'secret.key') }),
    shared: cluster !== undefined,
    keyShared: cluster === undefined || settings.secretKey !== '',
    named,
    ...(cluster === undefined && {
      fileAt: (part: RecordFilePart) => checkPart(join(dataDir, RECORD_FILES), part),
    }),
    rowsMax: settings.dbBatchSize || Number.POSITIVE_INFINITY,
    // Another node may not have the collector's file: the records say what they are.
    columnsOf: (job) =>
      registry.get(job.collector).then(
        ({ record }) => schemaColumns(record),
        () => undefined,
      ),
    clock,
    random,
    log,
  });
  const role =
    cluster &&
    new RoleKeeper({
      cluster: cluster.store,
      engine: cluster.engine,
      clock,
      log,
      role: 'deliveries',
      begin: () => outbox.begin(),
      end: () => outbox.end(),
    });
  return {
    outbox,
    entries,
    async begin(jobId) {
      if (role) await role.start();
      else await outbox.begin(jobId);
    },
    async close() {
      await entries.close();
      if (role) await role.close();
      else await outbox.end();
    },
  };
}

/** A destination by its address or name, for rows that have a key. */
export function openDestination(bench: Bench, given: string): OpenDestination {
  const address = namedDestinations(bench.resolved.settings).get(given) ?? given;
  const kind = kindOf(address, sinkKinds(bench));
  const { place, key, address: whole = address } = kind.check(address);
  if (!kind.keyed) {
    const detail = 'its rows have no keys, so entries that change would be there several times';
    throw new SluiceError('sink.invalid', { place, detail });
  }
  return { place, key, open: () => kind.open(whole) };
}

function sinkKinds(bench: Bench): readonly SinkKind[] {
  const { cwd, clock, random } = bench;
  const { settings } = bench.resolved;
  const openS3 = async (to: string) => {
    const [{ S3BlobStore }, { s3Place }] = await Promise.all([
      import('./sinks/s3-blob-store.ts'),
      import('./sinks/s3-place.ts'),
    ]);
    const place = s3Place({
      to,
      endpoint: settings.filesEndpoint,
      region: settings.filesRegion,
      keyId: settings.filesKeyId,
      keySecret: settings.filesKeySecret,
      sessionToken: settings.filesSessionToken,
      addressing: settings.filesAddressing,
    });
    return S3BlobStore.open(place, { clock, random });
  };
  const access = { url: settings.bigqueryUrl, keyFile: settings.googleKeyFile };
  return [
    ...duckdbKinds({ cwd, openS3 }),
    pooledKind(postgresKind(settings.dbMaxPoolSize), () => bench.pools.inline('database')),
    bigQueryKind(access, { clock, random }),
  ];
}

/** Throws `sink.invalid` where one has no name. */
export function namedDestinations({ destinations }: Settings): ReadonlyMap<string, string> {
  return new Map(
    destinations.map((each) => {
      const at = each.indexOf('=');
      const name = each.slice(0, Math.max(0, at));
      if (/^[a-z0-9][a-z0-9_-]*$/i.test(name)) return [name, each.slice(at + 1)] as const;
      const detail = 'a destination is set as NAME=ADDRESS';
      throw new SluiceError('sink.invalid', { place: name || 'a destination', detail });
    }),
  );
}
