/** What a finished job over the sandbox's channels holds, beside what is in them. */
import { readFile } from 'node:fs/promises';
import type { TruthPost } from '../../../sandbox/telegram/truth.ts';
import type { ChannelMessage } from '../../collectors/channels/message.ts';
import type { Store } from '../../store/store.ts';
import { differences } from './message-truth.ts';

export interface ChannelFindings {
  readonly rows: number;
  readonly completed: number;
  /** Rows that failed, in words. */
  readonly failures: readonly string[];
  readonly records: readonly ChannelMessage[];
}

const PAGE_ROWS = 100;

export async function readChannelFindings(store: Store, jobId: string): Promise<ChannelFindings> {
  const failures: string[] = [];
  const records: ChannelMessage[] = [];
  let [rows, completed] = [0, 0];
  for (;;) {
    const page = await store.results(jobId, rows, PAGE_ROWS);
    for (const { state, failure, records: texts } of page) {
      if (state === 'completed') completed += 1;
      if (failure) failures.push(failure.message);
      for (const text of texts) records.push(JSON.parse(text) as ChannelMessage);
    }
    rows += page.length;
    if (page.length < PAGE_ROWS) break;
  }
  return { rows, completed, failures, records };
}

/** By channel and id. */
export async function readPosts(file: string): Promise<ReadonlyMap<string, TruthPost>> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const posts = lines.map((line) => JSON.parse(line) as TruthPost);
  const shown = posts.filter(({ access }) => access === 'public');
  return new Map(shown.map((post) => [`${post.channel}/${post.id}`, post]));
}

/** What is there otherwise than it should be, is missing, or is there twice. */
export function channelSurprises(
  records: readonly ChannelMessage[],
  truth: ReadonlyMap<string, TruthPost>,
): readonly string[] {
  const surprises: string[] = [];
  const seen = new Set<string>();
  for (const record of records) {
    const key = `${record.channel.name}/${record.id}`;
    const post = truth.get(key);
    if (seen.has(key)) surprises.push(`${key} is there twice`);
    seen.add(key);
    const parts = post ? differences(record, post, { images: true, exact: false }) : ['is unknown'];
    for (const part of parts) surprises.push(`${key} ${part}`);
  }
  for (const key of truth.keys()) if (!seen.has(key)) surprises.push(`${key} is missing`);
  return surprises;
}

export function countPictures(records: readonly ChannelMessage[]): {
  readonly shown: number;
  readonly kept: number;
} {
  const digests = records.flatMap(({ media }) => media.flatMap(({ file }) => file?.digest ?? []));
  return { shown: digests.length, kept: new Set(digests).size };
}
