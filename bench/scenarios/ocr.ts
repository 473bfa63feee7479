/**
 * Computing that fills a core: text in pictures, read by the collector of media in a thread more than
 * there are cores (as its pool begins), beside the same one after another. What else the process does
 * goes on meanwhile: its event loop is hardly late.
 */
import { availableParallelism } from 'node:os';
import type { OcrDone, OcrLoad } from '../contenders/ocr-sluice.ts';
import { figure } from '../harness/figures.ts';
import type { BenchContext, Figure, Scenario } from '../harness/scenario.ts';

const PICTURES = 240;
const THREADS = availableParallelism() + 1;
const ALONE = 'one after another';
const LAG_MS_MAX = 20;

export const scenario: Scenario = {
  name: 'ocr',
  what: `text in ${PICTURES} pictures, in ${THREADS} threads and one after another`,
  must: [
    { metric: 'pictures/s', text: '≥ 1.8×', holds: ({ ratio }) => ratio >= 1.8 },
    {
      metric: 'event loop p99 ms',
      text: `≤ ${LAG_MS_MAX}`,
      holds: ({ sluice }) => sluice <= LAG_MS_MAX,
    },
  ],
  run: measure,
};

async function measure(ctx: BenchContext): Promise<readonly Figure[]> {
  const pictures = ctx.quick ? PICTURES / 5 : PICTURES;
  const run = (threads: number) => async (): Promise<OcrDone> => {
    const input: OcrLoad = { threads, pictures };
    const file = new URL('../contenders/ocr-sluice.ts', import.meta.url);
    const { value } = await ctx.child<OcrDone>({ file, input });
    if (value.read !== pictures) throw new Error(`text in ${value.read} of ${pictures} pictures`);
    return value;
  };
  const runs = await ctx.repeat({ together: run(THREADS), alone: run(1) });
  const compare = (metric: string, of: (done: OcrDone) => number, peer = ALONE) =>
    figure('ocr', metric, runs.together.map(of), runs.alone.map(of), peer);
  return [
    compare('pictures/s', ({ read, wallMs }) => (read * 1_000) / wallMs),
    compare('event loop p99 ms', ({ lagMs }) => lagMs),
    compare('CPU s per 100 pictures', ({ read, cpuMs }) => cpuMs / 10 / read),
  ];
}
