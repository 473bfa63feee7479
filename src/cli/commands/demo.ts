/**
 * `sluice demo`: contacts of the sandbox's sites with live progress, then a sample of the same rows
 * one at a time, and a summary of both. Leaves one file, the results; --keep leaves the rest.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TruthRow } from '../../../sandbox/sites/truth.ts';
import { runDemoJob } from '../demo/demo-job.ts';
import { countFindings, type Findings, readTruth } from '../demo/findings.ts';
import { type SandboxProcess, startSandboxProcess } from '../demo/sandbox-process.ts';
import { type DemoFigures, demoSummary } from '../demo/summary.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';

/** Every so manieth row is in the sample; special sites come every fourth, so not 2 or 4. */
const SAMPLE_EVERY = 9;
/** The sandbox's slowest honest answer takes two seconds. */
const REQUEST_TIMEOUT = '3s';
/** Pages of 0.1 s on average: still quick for the web, where half a second is usual. */
const PAGE_LATENCY_SCALE = 4;
const RESULT_FILE = 'sluice-demo.csv';

interface DemoRun {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly findings: Findings;
}

interface DemoPlan {
  readonly dataDir: string;
  readonly input: string;
  readonly output: string;
  readonly truth: readonly TruthRow[];
  readonly flags: Readonly<Record<string, unknown>>;
  readonly concurrency: number;
}

export async function runDemo(
  invocation: Invocation,
  args: readonly unknown[],
  own: OwnFlags,
): Promise<number> {
  if (args[0] === 'leads') return (await import('./demo-leads.ts')).demoLeads(invocation, own);
  if (args[0] === 'channels') {
    return (await import('./demo-channels.ts')).demoChannels(invocation, own);
  }
  if (args[0] === 'campaigns') {
    return (await import('./demo-campaigns.ts')).demoCampaigns(invocation, own);
  }
  if (args[0] === 'media') return (await import('./demo-media.ts')).demoMedia(invocation, own);
  const count = wholeNumber('--count', own.count, 1) ?? 300;
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const say = (text: string) => {
    if (!invocation.flags.quiet && !invocation.flags.json) invocation.io.stderr.write(`${text}\n`);
  };
  let sandbox: SandboxProcess | undefined;
  try {
    sandbox = await startSandboxProcess(count, join(directory, 'sites'), PAGE_LATENCY_SCALE);
    return await runBoth(invocation, sandbox, directory, say);
  } finally {
    await sandbox?.close();
    if (own.keep === true) say(`Kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function runBoth(
  invocation: Invocation,
  sandbox: SandboxProcess,
  directory: string,
  say: (text: string) => void,
): Promise<number> {
  const truth = await readTruth(sandbox.truthFile);
  const output = join(tmpdir(), RESULT_FILE);
  const shared = { resolve: sandbox.resolveRules, requestTimeout: REQUEST_TIMEOUT, fresh: true };
  say(`${truth.length} rows of invented websites in eleven languages, served on this machine.`);
  say('Many are slow, throttled, broken or hostile on purpose.\n');
  const all = await runOnce(invocation, {
    dataDir: join(directory, 'data'),
    input: sandbox.csvFile,
    output,
    truth,
    flags: shared,
    concurrency: 0,
  });
  if (!ended(all.exitCode)) return all.exitCode;
  const sample = truth.filter((_, i) => i % SAMPLE_EVERY === SAMPLE_EVERY - 1);
  const sampleFile = join(directory, 'sample.jsonl');
  const lines = sample.map(({ website }) => `${JSON.stringify({ website })}\n`);
  await writeFile(sampleFile, lines.join(''));
  await sandbox.reset();
  say(`\nNow ${sample.length} of these rows one after another, to compare:\n`);
  const single = await runOnce(invocation, {
    dataDir: join(directory, 'data-single'),
    input: sampleFile,
    output: join(directory, 'sample.csv'),
    truth: sample,
    flags: { ...shared, hostConcurrency: '1' },
    concurrency: 1,
  });
  if (!ended(single.exitCode)) return single.exitCode;
  const figures: DemoFigures = {
    findings: all.findings,
    durationMs: all.durationMs,
    sampleEvery: SAMPLE_EVERY,
    sampleRows: sample.length,
    sampleMs: single.durationMs,
    output,
  };
  if (invocation.flags.json) {
    invocation.io.stdout.write(`${JSON.stringify({ type: 'demo', ...figures })}\n`);
  } else {
    invocation.io.stdout.write(`\n${demoSummary(figures)}`);
  }
  return all.findings.surprises.length === 0 ? EXIT.ok : EXIT.failures;
}

/** Failed rows are part of the plan; anything else ends the demo. */
function ended(exitCode: number): boolean {
  return exitCode === EXIT.ok || exitCode === EXIT.failures;
}

async function runOnce(invocation: Invocation, plan: DemoPlan): Promise<DemoRun> {
  const { exitCode, durationMs, found } = await runDemoJob(
    invocation,
    { collector: 'contacts', column: 'website', options: {}, settings: {}, ...plan },
    (store, jobId) => countFindings(store, jobId, plan.truth),
  );
  return { exitCode, durationMs, findings: found };
}
