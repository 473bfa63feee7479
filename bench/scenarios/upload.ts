/** Whether a file that comes over HTTP costs memory, and whether its rows wait for its end. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SluiceUpload, SluiceUploadDone } from '../contenders/sluice-upload.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const ROWS = 1_000_000;

export const scenario: Scenario = {
  name: 'upload',
  what: 'a CSV of 1,000,000 rows sent to the server, and a collector that does nothing',
  must: [
    {
      metric: 'peak memory MB',
      text: '≤ 100 MB above idle',
      holds: ({ sluice, peer }) => sluice <= peer + 100,
    },
    { metric: 'first row s', text: 'before the end', holds: ({ ratio }) => ratio < 1 },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const rows = ctx.quick ? ROWS / 5 : ROWS;
  const file = new URL('../contenders/sluice-upload.ts', import.meta.url);
  const runs = await ctx.repeat({
    sluice: async (round) => {
      const dataDir = join(ctx.directory, `upload-${round}`);
      await mkdir(dataDir);
      const input: SluiceUpload = { dataDir, rows };
      const { value } = await ctx.child<SluiceUploadDone>({ file, input });
      if (value.completed !== rows) throw new Error(`only ${value.completed} of ${rows}`);
      return value;
    },
  });
  const of = (pick: (run: SluiceUploadDone) => number) => runs.sluice.map(pick);
  const mb = (bytes: number) => bytes / 2 ** 20;
  const seconds = (ms: number) => ms / 1_000;
  return [
    figure(
      'upload',
      'peak memory MB',
      of(({ peakBytes }) => mb(peakBytes)),
      of(({ idleBytes }) => mb(idleBytes)),
      'idle',
    ),
    figure(
      'upload',
      'first row s',
      of(({ firstRowMs }) => seconds(firstRowMs)),
      of(({ sentMs }) => seconds(sentMs)),
      'the file’s end',
    ),
    figure(
      'upload',
      'last row s',
      of(({ doneMs }) => seconds(doneMs)),
      of(({ sentMs }) => seconds(sentMs)),
      'the file’s end',
    ),
  ];
}
