/** `sluice collections …`: what is kept across jobs. */
import { AbortCause } from '../../base/abort.ts';
import { formatDuration, parseDurationMs } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { momentMs } from '../../base/moment.ts';
import { collectionToPostgres } from '../../engine/collection-export.ts';
import { count, counted } from '../../engine/job-words.ts';
import { deliverEntries } from '../../engine/outbox/deliver-entries.ts';
import type { KeptEntry } from '../../model/kept.ts';
import {
  type CollectionReader,
  type EntryFilter,
  LocalCollections,
  RemoteCollections,
} from '../collection-reader.ts';
import { planDownload } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { onInterrupts } from '../interrupts.ts';
import { wholeNumber } from '../option-values.ts';
import { deliverFlags } from '../outbox-here.ts';
import { printList, shortTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { namedServer } from '../remote.ts';

type Args = readonly (string | undefined)[];

const PAGE = 1_000;

interface ShownEntry extends Omit<KeptEntry, 'tenant' | 'collection' | 'json'> {
  readonly value: unknown;
}

/** Of a value, in a table. */
const SHOWN_CHARS_MAX = 60;

export async function listCollections(invocation: Invocation): Promise<number> {
  const list = reading(invocation, async (reader) => {
    const header = ['COLLECTION', 'ENTRIES'];
    printList(invocation, await reader.collections(), header, ({ name, entries }) => [
      name,
      count(entries),
    ]);
    return EXIT.ok;
  });
  // Without a data directory nothing is kept either; that is an answer, not an error.
  return list.catch((error: unknown) => {
    if (!(error instanceof SluiceError) || error.code !== 'store.missing') throw error;
    printList(invocation, [], [], () => []);
    return EXIT.ok;
  });
}

export async function showCollection(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const limit = wholeNumber('--limit', own.limit, 1) ?? 20;
  const filter = await filterOf(invocation, own);
  return reading(invocation, async (reader) => {
    const source = await reader.source(args[0] as string, filter);
    const entries: ShownEntry[] = [];
    for (let after = {}; entries.length < limit; ) {
      const most = Math.min(PAGE, limit - entries.length);
      const page = await source.store.entries({ ...source.query, ...after, limit: most });
      for (const { tenant: _, collection: __, json, ...entry } of page) {
        entries.push({ ...entry, value: JSON.parse(json) });
      }
      const last = page.at(-1);
      if (last === undefined) break;
      after = { after: last.key };
    }
    const header = ['KEY', 'VALUE', 'FIRST (UTC)', 'CHANGED (UTC)', 'REVISION'];
    printList(invocation, entries, header, ({ key, value, firstMs, changedMs, revision }) => [
      key,
      short(JSON.stringify(value)),
      shortTime(firstMs),
      shortTime(changedMs),
      count(revision),
    ]);
    return EXIT.ok;
  });
}

export async function exportCollection(
  invocation: Invocation,
  args: Args,
  own: OwnFlags,
): Promise<number> {
  const { io, flags, resolved } = invocation;
  const { exportConnections } = resolved.settings;
  const name = args[0] as string;
  const { output } = own;
  const deliver = deliverFlags(own);
  if (deliver.length > 0) {
    if ((output ?? own.to ?? own.format) !== undefined) {
      const detail = '--deliver takes none of --output, --to and --format';
      throw new SluiceError('usage.invalid', { detail });
    }
    return deliverCollection(invocation, name, deliver, await filterOf(invocation, own));
  }
  const bare = output === undefined && own.to === undefined;
  const format = own.format ?? (bare ? 'jsonl' : undefined);
  const plan = planDownload({ ...own, output, format }, 'stdout', io.cwd);
  if (plan === undefined) return EXIT.ok;
  const filter = await filterOf(invocation, own);
  return reading(invocation, async (reader) => {
    const { table } = plan;
    const counts =
      table === undefined
        ? await reader.save(name, filter, plan, io)
        : await collectionToPostgres(await reader.source(name, filter), table, exportConnections);
    if (plan.path === undefined || flags.quiet) return EXIT.ok;
    const entries = counts === undefined ? 'Entries' : counted(counts.records, 'entry', 'entries');
    io.stderr.write(`${entries} of ${name}: ${plan.path}\n`);
    return EXIT.ok;
  });
}

/** All destinations are looked at before anything is sent. */
async function deliverCollection(
  invocation: Invocation,
  name: string,
  given: readonly string[],
  filter: EntryFilter,
): Promise<number> {
  const { io, flags } = invocation;
  const bench = await invocation.workbench();
  const { clock, random } = bench;
  const destinations = await Promise.all(given.map((each) => bench.openDestination(each)));
  const say = (line: string) => {
    if (!flags.quiet) io.stderr.write(`${line}\n`);
  };
  const leave = new AbortController();
  let exit: number = EXIT.ok;
  const stop = onInterrupts((code) => {
    if (exit !== EXIT.ok) process.exit(code);
    exit = code;
    leave.abort(new AbortCause('abort'));
  });
  try {
    return await reading(invocation, async (reader) => {
      for (const { place, key = ['key'], open } of destinations) {
        const source = await reader.source(name, filter);
        const sink = await open();
        let entries = 0;
        try {
          entries = await deliverEntries({
            ...{ source, sink, key, clock, random, signal: leave.signal },
            onRest: (why, ms) => say(`${why} Again in ${formatDuration(ms)}.`),
          });
        } finally {
          await sink.close();
        }
        const words = counted(entries, 'entry', 'entries');
        say(`Delivered: ${words} of ${name} in ${place}`);
      }
      return EXIT.ok;
    });
  } catch (error) {
    if (exit === EXIT.ok) throw error;
    return exit;
  } finally {
    stop();
  }
}

export async function reading(
  invocation: Invocation,
  read: (reader: CollectionReader) => Promise<number>,
): Promise<number> {
  const remote = namedServer(invocation);
  if (remote !== undefined) return read(new RemoteCollections(remote));
  const bench = await invocation.workbench();
  const store = await bench.openReader();
  try {
    return await read(new LocalCollections(store, bench.resolved.settings.tenant));
  } finally {
    await store.close();
  }
}

async function filterOf(invocation: Invocation, own: OwnFlags): Promise<EntryFilter> {
  const { prefix, changedSince } = own;
  return {
    ...(prefix === undefined ? {} : { prefix: String(prefix) }),
    ...(changedSince === undefined
      ? {}
      : { changedSinceMs: await sinceOf(invocation, String(changedSince)) }),
  };
}

/** A time, or how long ago it was. */
async function sinceOf(invocation: Invocation, text: string): Promise<number> {
  const at = /^\d+$/.test(text) ? undefined : momentMs(text);
  if (at !== undefined) return at;
  const ago = parseDurationMs(text);
  if (ago !== undefined) return (await invocation.workbench()).clock.wallMs() - ago;
  throw new SluiceError('usage.invalid', {
    detail: `--changed-since takes a day, a time such as 2026-11-30T06:30Z, or 24h, not ${text}`,
  });
}

function short(text: string): string {
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX - 1)}…`;
}
