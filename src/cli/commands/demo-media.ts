/**
 * `sluice demo media`: generated recordings, pictures and texts, some of them broken, with a
 * stand-in of an OpenAI-compatible endpoint that fails now and then; what is found is compared with
 * the truth.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TruthMedia } from '../../../sandbox/media/media-truth.ts';
import { formatDuration } from '../../base/duration.ts';
import type { MediaRecord } from '../../collectors/media/media-record.ts';
import { prepareJob } from '../../engine/job-request.ts';
import { count } from '../../engine/job-words.ts';
import type { Store } from '../../store/store.ts';
import { judgeGroups, judgeMedia } from '../demo/media-truth.ts';
import { type StandInProcess, startStandInProcess } from '../demo/stand-in-process.ts';
import { EXIT } from '../exit.ts';
import { loadSettings } from '../load-settings.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { runToEnd } from '../run-to-end.ts';

const COUNT = 12;
const ENDPOINT = ['--latency-ms', '150', '--fault-share', '0.05', '--rate', '12', '--burst', '6'];
const WRONG_SHOWN = 10;

interface Outcome {
  readonly files: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly checks: number;
  readonly wrong: readonly string[];
  readonly pairs: number;
  readonly missed: number;
  readonly invented: number;
  readonly asked: number;
  readonly durationMs: number;
}

export async function demoMedia(invocation: Invocation, own: OwnFlags): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const size = wholeNumber('--count', own.count, 1) ?? COUNT;
  const standIns: StandInProcess[] = [];
  try {
    const files = ['media', '--dir', join(directory, 'media'), '--count', String(size)];
    for (const args of [files, ['openai', ...ENDPOINT]]) {
      standIns.push(await startStandInProcess(args));
    }
    const [media, models] = standIns as [StandInProcess, StandInProcess];
    return await lookIntoAll(invocation, media, models, directory);
  } finally {
    await Promise.all(standIns.map((standIn) => standIn.close()));
    if (own.keep === true) invocation.io.stderr.write(`Kept: ${directory}\n`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function lookIntoAll(
  invocation: Invocation,
  media: StandInProcess,
  models: StandInProcess,
  directory: string,
): Promise<number> {
  const { io, flags } = invocation;
  const lines = (await readFile(String(media.facts.truthFile), 'utf8')).trim().split('\n');
  const truth = lines.map((line) => JSON.parse(line) as TruthMedia);
  if (!flags.quiet && !flags.json) {
    io.stderr.write(`${truth.length} generated files; every third is fetched, some are broken.\n`);
    io.stderr.write('Models are a stand-in: slow, limited, and it fails now and then.\n\n');
  }
  const loaded = loadSettings(io, { ...flags, data: join(directory, 'data') });
  const settings = {
    ...loaded.settings,
    databaseUrl: '',
    llmBaseUrl: `${models.url}/v1`,
    llmApiKey: '',
    transcriptionUrl: '',
    allowHosts: [`127.0.0.1:${media.facts.port}`],
  };
  const bench = await invocation.open({ ...loaded, settings });
  const session = await bench.openEngine('run');
  const asked = {
    collector: 'media',
    input: String(media.facts.csvFile),
    column: undefined,
    wishes: {},
    options: {},
    tenant: settings.tenant,
    concurrency: 0,
    retries: 10,
    idempotencyKey: undefined,
  };
  const { registry, dataDir, clock, random } = bench;
  const parts = { registry, dataDir, cwd: io.cwd, clock, random, retries: settings.retries };
  const { spec } = await prepareJob(asked, parts);
  const { job } = await session.store.createJob(spec);
  const startedMs = clock.monoMs();
  let durationMs = 0;
  const exitCode = await runToEnd({
    invocation: { ...invocation, resolved: { ...loaded, settings } },
    bench,
    session,
    job,
    collector: await registry.get('media'),
    download: undefined,
    own: {},
    start: () => session.engine.run(job.id),
    notes: [],
    brief: true,
    onSettled: () => {
      durationMs = clock.monoMs() - startedMs;
    },
  });
  if (exitCode !== EXIT.ok && exitCode !== EXIT.failures) return exitCode;
  const store = await bench.openReader();
  const found = await recordsOf(store, job.id).finally(() => store.close());
  const stats = (await (await fetch(`${models.url}/__stats`)).json()) as {
    readonly asked: Readonly<Record<string, number>>;
  };
  const calls = Object.values(stats.asked).reduce((sum, times) => sum + times, 0);
  const outcome = compare(truth, found, calls, durationMs);
  if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'demo', ...outcome })}\n`);
  else io.stdout.write(`\n${summary(outcome)}`);
  return isRight(outcome) ? EXIT.ok : EXIT.failures;
}

/** By the place of their rows. */
async function recordsOf(store: Store, jobId: string): Promise<ReadonlyMap<number, MediaRecord>> {
  const found = new Map<number, MediaRecord>();
  for (let after: Parameters<Store['records']>[1]; ; ) {
    const page = await store.records(jobId, after, 500);
    const last = page.at(-1);
    if (last === undefined) return found;
    for (const { seq, json } of page) found.set(seq, JSON.parse(json) as MediaRecord);
    after = last;
  }
}

function compare(
  truth: readonly TruthMedia[],
  found: ReadonlyMap<number, MediaRecord>,
  asked: number,
  durationMs: number,
): Outcome {
  const rows = truth.map((row, seq) => ({ truth: row, record: found.get(seq) }));
  const verdicts = rows.map(({ truth: right, record }) => {
    const ocr = record?.steps.some(({ step, state }) => step === 'ocr' && state === 'done');
    return judgeMedia(right, record, { models: true, ocr: ocr === true });
  });
  const kinds: Record<string, number> = {};
  for (const { kind } of truth) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return {
    files: truth.length,
    kinds,
    checks: verdicts.reduce((sum, { checks }) => sum + checks, 0),
    wrong: verdicts.flatMap(({ wrong }) => wrong),
    ...judgeGroups(rows),
    asked,
    durationMs,
  };
}

function isRight({ wrong, missed, invented }: Outcome): boolean {
  return wrong.length + missed + invented === 0;
}

function summary(outcome: Outcome): string {
  const { files, kinds, checks, wrong, pairs, missed, invented, asked, durationMs } = outcome;
  const byKind = Object.entries(kinds).map(([kind, times]) => `${times} ${kind}`);
  const alike = `${pairs - missed} of ${pairs} pairs found, ${invented} invented`;
  return `${[
    `${'Files'.padEnd(14)}${files}: ${byKind.join(', ')}`,
    `${'Compared'.padEnd(14)}${count(checks)} facts with the truth, ${wrong.length} wrong`,
    ...wrong.slice(0, WRONG_SHOWN).map((line) => `  ${line}`),
    `${'Look alike'.padEnd(14)}${alike}`,
    `${'Models'.padEnd(14)}asked ${count(asked)} times (a stand-in: its answers say nothing of real ones)`,
    `${'Took'.padEnd(14)}${formatDuration(durationMs)}`,
    isRight(outcome) ? 'All as the truth has it.' : 'This is NOT as the truth has it.',
  ].join('\n')}\n`;
}
