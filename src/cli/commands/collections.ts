/** `sluice collections …`: what is kept across jobs. */
import { parseDurationMs } from '../../base/duration.ts';
import { SluiceError } from '../../base/errors.ts';
import { momentMs } from '../../base/moment.ts';
import { collectionToPostgres } from '../../engine/collection-export.ts';
import { count } from '../../engine/job-words.ts';
import type { KeptEntry } from '../../model/kept.ts';
import {
  type CollectionReader,
  type EntryFilter,
  LocalCollections,
  RemoteCollections,
} from '../collection-reader.ts';
import { planDownload } from '../download-flags.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
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
  const limit = wholeNumber('--limit', own.limit) ?? 20;
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
    const entries = counts === undefined ? 'Entries' : `${count(counts.records)} entries`;
    io.stderr.write(`${entries} of ${name}: ${plan.path}\n`);
    return EXIT.ok;
  });
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
