import { resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { listenError } from '../../base/listen-error.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';

/** Serves the sandbox's sites until Ctrl-C. */
export async function runSandboxSites(
  invocation: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const { describeSites, startSites } = await import('../../../sandbox/sites/start-sites.ts');
  const port = wholeNumber('--port', own.port) ?? 0;
  const sites = await startSites({
    port,
    count: wholeNumber('--count', own.count) ?? 300,
    seed: wholeNumber('--seed', own.seed) ?? 1,
    directory: resolve(io.cwd, String(own.output)),
  }).catch((error: unknown) => refuse(error, port));
  // Before anything is said: whoever reads it may stop this at once.
  const stopped = untilStopped();
  if (flags.json) {
    const { count, seed, csvFile, truthFile, resolveRules } = sites;
    io.stdout.write(
      `${JSON.stringify({ type: 'sites', port: sites.port, count, seed, csvFile, truthFile, resolveRules })}\n`,
    );
  } else {
    io.stderr.write(`${describeSites(sites)}\nCtrl-C to end.\n`);
  }
  await stopped;
  await sites.close();
  return EXIT.ok;
}

/** Serves S3-compatible storage until Ctrl-C; what it took is gone then. */
export async function runSandboxStorage(
  { io, flags }: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const { startS3 } = await import('../../../sandbox/s3/start-s3.ts');
  const port = wholeNumber('--port', own.port) ?? 0;
  const storage = await startS3({ port }).catch((error: unknown) => refuse(error, port));
  const { url } = storage;
  const stopped = untilStopped();
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ type: 's3', port: storage.port, url })}\n`);
  } else {
    const lines = [
      `Storage at ${url}, with the bucket s3://bucket. To use it:`,
      `  export AWS_ENDPOINT_URL_S3=${url} AWS_ACCESS_KEY_ID=SANDBOX AWS_SECRET_ACCESS_KEY=SANDBOX-SECRET`,
      `What it took: ${url}/__truth, what it saw: ${url}/__stats`,
      'Ctrl-C to end.',
    ];
    io.stderr.write(`${lines.join('\n')}\n`);
  }
  await stopped;
  await storage.close();
  return EXIT.ok;
}

/** Serves the stand-in of BigQuery until Ctrl-C. */
export async function runSandboxBigQuery(
  { io, flags }: Invocation,
  _args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  const [{ describeBigQuery, startBigQuery }, { readBigQueryOptions }] = await Promise.all([
    import('../../../sandbox/bigquery/start-bigquery.ts'),
    import('../../../sandbox/bigquery/bigquery-flags.ts'),
  ]);
  const port = wholeNumber('--port', own.port) ?? 0;
  const { credentials, faultShares } = own;
  const texts: Readonly<Record<string, string | undefined>> = {
    credentials: credentials === undefined ? undefined : resolve(io.cwd, String(credentials)),
    'fault-shares': faultShares === undefined ? undefined : String(faultShares),
  };
  const start = async () =>
    startBigQuery({
      ...readBigQueryOptions({
        number: () => undefined,
        text: (name) => texts[name],
        flag: () => false,
      }),
      port,
      seed: wholeNumber('--seed', own.seed) ?? 1,
      directory: resolve(io.cwd, String(own.output)),
    });
  const bigQuery = await start().catch((error: unknown) => refuse(error, port));
  const stopped = untilStopped();
  if (flags.json) {
    const { url, project, files } = bigQuery;
    const facts = { type: 'bigquery', port: bigQuery.port, url, project, ...files };
    io.stdout.write(`${JSON.stringify(facts)}\n`);
  } else {
    io.stderr.write(`${describeBigQuery(bigQuery)}\nCtrl-C to end.\n`);
  }
  await stopped;
  await bigQuery.close();
  return EXIT.ok;
}

function refuse(error: unknown, port: number): never {
  if (error instanceof RangeError) {
    throw new SluiceError('usage.invalid', { detail: error.message });
  }
  throw listenError(error, '127.0.0.1', port);
}

function untilStopped(): Promise<void> {
  return new Promise((end) => {
    process.once('SIGINT', () => end());
    process.once('SIGTERM', () => end());
  });
}
