/**
 * `sluice demo channels`: the messages and pictures of stand-in channels, then what has changed in
 * them, then all of it anew one request at a time, and a summary of all three.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDuration } from '../../base/duration.ts';
import { count } from '../../engine/job-words.ts';
import {
  type ChannelFindings,
  channelSurprises,
  countPictures,
  readChannelFindings,
  readPosts,
} from '../demo/channel-findings.ts';
import { type DemoJobEnd, runDemoJob } from '../demo/demo-job.ts';
import { type StandIn, startStandIn } from '../demo/sandbox-process.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import type { Invocation, OwnFlags } from '../program.ts';

interface TelegramFacts {
  readonly url: string;
  readonly csvFile: string;
  readonly truthFile: string;
}

type Sandbox = StandIn<TelegramFacts>;

const CHANNELS = 8;
const POSTS = 80;
/** Answers of 0.1 s on average; some channels are slow. */
const LATENCY_SCALE = 0.6;
const RESULT_FILE = 'sluice-demo-channels.jsonl';
const SURPRISES_SHOWN = 10;

export async function demoChannels(invocation: Invocation, own: OwnFlags): Promise<number> {
  const channels = wholeNumber('--count', own.count, 1) ?? CHANNELS;
  const directory = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  const say = (text: string) => {
    if (!invocation.flags.quiet && !invocation.flags.json) invocation.io.stderr.write(`${text}\n`);
  };
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await startStandIn<TelegramFacts>('telegram', [
      ...['--channels', String(channels), '--closed', '1', '--posts', String(POSTS)],
      ...['--latency-scale', String(LATENCY_SCALE), '--dir', join(directory, 'telegram')],
    ]);
    return await runAll(invocation, sandbox, directory, say);
  } finally {
    await sandbox?.close();
    if (own.keep === true) say(`Kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

async function runAll(
  invocation: Invocation,
  { facts }: Sandbox,
  directory: string,
  say: (text: string) => void,
): Promise<number> {
  const truth = await readPosts(facts.truthFile);
  const output = join(tmpdir(), RESULT_FILE);
  const collect = (data: string, input: string, out: string, single = false) =>
    runDemoJob(
      invocation,
      {
        collector: 'channels',
        dataDir: join(directory, data),
        input,
        column: 'channel',
        output: out,
        options: single ? { concurrentLimit: 1, imageConcurrency: 1 } : {},
        flags: { fresh: true, ...(single ? { hostConcurrency: '1' } : {}) },
        settings: { telegramPreviewUrl: facts.url },
        concurrency: 0,
      },
      readChannelFindings,
    );
  say(
    `${truth.size} messages of invented channels, served on this machine. One channel is closed,`,
  );
  say('one name belongs to nobody, some answer slowly.\n');
  const all = await collect('data', facts.csvFile, output);
  if (!ended(all.exitCode)) return all.exitCode;
  say('\nNow a message is added, one edited and one deleted, and the same channels once more:\n');
  const changes = await change(facts.url, all.found);
  const again = await collect('data', facts.csvFile, join(directory, 'again.jsonl'));
  if (!ended(again.exitCode)) return again.exitCode;
  say('\nNow all of them anew, one channel and one request at a time, to compare:\n');
  const single = await collect('data-single', facts.csvFile, join(directory, 'one.jsonl'), true);
  if (!ended(single.exitCode)) return single.exitCode;
  const surprises = [
    ...channelSurprises(all.found.records, truth),
    ...changeSurprises(again.found, changes),
  ];
  summarize(invocation, { all, again, single, changes, surprises, output });
  return surprises.length === 0 ? EXIT.ok : EXIT.failures;
}

/** A closed channel and an unknown name are part of the plan; anything else ends the demo. */
function ended(exitCode: number): boolean {
  return exitCode === EXIT.ok || exitCode === EXIT.failures;
}

/** Changes the stand-ins; what is to be told of it, as `kind channel/id`. */
async function change(url: string, { records }: ChannelFindings): Promise<readonly string[]> {
  const order = async (name: string, body: object) => {
    const reply = await fetch(`${url}/__${name}`, { method: 'POST', body: JSON.stringify(body) });
    return (await reply.json()) as { readonly ids?: readonly number[] };
  };
  const last = new Map(
    records
      .filter(({ kind, albumId, text }) => kind === 'message' && !albumId && text !== '')
      .sort((a, b) => a.id - b.id)
      .map((record) => [record.channel.name, record.id]),
  );
  const channels = [...last];
  const [first, second = first, third = second] = channels;
  if (!first || !second || !third) return [];
  const { ids = [] } = await order('add', { channel: first[0], shape: 'photo' });
  await order('edit', { channel: second[0], id: second[1], text: 'Other words' });
  await order('delete', { channel: third[0], id: third[1] });
  return [
    `message ${first[0]}/${ids[0]}`,
    ...(second === third ? [] : [`message ${second[0]}/${second[1]}`]),
    `deletion ${third[0]}/${third[1]}`,
  ];
}

function changeSurprises({ records }: ChannelFindings, changes: readonly string[]): string[] {
  const told = new Set(records.map(({ kind, channel, id }) => `${kind} ${channel.name}/${id}`));
  return [
    ...changes.filter((one) => !told.has(one)).map((one) => `${one} was not told`),
    ...[...told].filter((one) => !changes.includes(one)).map((one) => `${one} has not changed`),
  ];
}

interface Figures {
  readonly all: DemoJobEnd<ChannelFindings>;
  readonly again: DemoJobEnd<ChannelFindings>;
  readonly single: DemoJobEnd<ChannelFindings>;
  readonly changes: readonly string[];
  readonly surprises: readonly string[];
  readonly output: string;
}

function summarize({ io, flags }: Invocation, figures: Figures): void {
  const { all, again, single, changes, surprises, output } = figures;
  const { records, rows, completed, failures } = all.found;
  const pictures = countPictures(records);
  const singleMs = single.durationMs;
  const speedUp = singleMs / all.durationMs;
  if (flags.json) {
    const facts = { rows, completed, failures, messages: records.length, pictures };
    const times = { durationMs: all.durationMs, againMs: again.durationMs, singleMs, speedUp };
    const told = again.found.records.length;
    io.stdout.write(
      `${JSON.stringify({ type: 'demo', ...facts, ...times, changes: changes.length, told, surprises, output })}\n`,
    );
    return;
  }
  const line = (label: string, text: string) => `  ${label.padEnd(14)}${text}\n`;
  const good = `${count(records.length)} messages are as the sandbox means them, pictures by their bytes`;
  io.stdout.write(
    [
      '\n',
      line('Channels', `${count(rows)}: ${count(completed)} collected, ${failures.length} failed:`),
      ...failures.map((failure) => line('', failure)),
      line('Messages', count(records.length)),
      line(
        'Pictures',
        `${count(pictures.shown)}, of them ${count(pictures.kept)} kept, the rest the same bytes`,
      ),
      line('Took', formatDuration(all.durationMs)),
      line(
        'Once more',
        `${formatDuration(again.durationMs)}: ${changes.length} changes made, ${again.found.records.length} told`,
      ),
      line('One by one', formatDuration(singleMs)),
      line('Speed-up', `${speedUp.toFixed(speedUp < 10 ? 1 : 0)} times`),
      line(
        'As expected',
        surprises.length === 0 ? good : `${count(surprises.length)} parts are not:`,
      ),
      ...surprises.slice(0, SURPRISES_SHOWN).map((surprise) => line('', surprise)),
      line('Results', output),
    ].join(''),
  );
}
