/**
 * The records of a job that has ended, delivered to a place by the outbox, as a user gets it: from
 * the database on disk, batch by batch, each durable before the next.
 *
 * Its argument is a `DeliverJob`; it answers with a `DeliverJobDone`.
 */
import { resolveSettings } from '../../src/model/resolve-settings.ts';

export interface DeliverJob {
  readonly dataDir: string;
  readonly to: string;
}

export interface DeliverJobDone {
  readonly delivered: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function run({ dataDir, to }: DeliverJob): Promise<DeliverJobDone> {
  const { createWorkbench } = await import('../../src/main.ts');
  const { stdin, stdout, stderr } = process;
  const cwd = process.cwd();
  const resolved = resolveSettings({ env: {}, flags: { dataDir } });
  const bench = createWorkbench(resolved, { stdin, stdout, stderr, env: {}, cwd });
  const session = await bench.openEngine('run');
  const delivering = await bench.openOutbox(session);
  const [job] = await session.store.jobs({ limit: 1 });
  if (job === undefined) throw new Error('there is no job');
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  await delivering.begin(job.id);
  await delivering.outbox.add(job, delivering.outbox.check([to], true));
  for (;;) {
    const [delivery] = await delivering.outbox.list(job.id);
    if (delivery?.state === 'delivered') {
      const { user, system } = process.cpuUsage(cpu);
      const wallMs = performance.now() - startedMs;
      await delivering.close();
      await session.close();
      return { delivered: delivery.delivered, wallMs, cpuMs: (user + system) / 1_000 };
    }
    if (delivery?.reason) throw new Error(delivery.reason.message);
    await bench.clock.sleep(20);
  }
}

const job = JSON.parse(process.argv.at(-1) ?? '') as DeliverJob;
process.stdout.write(`${JSON.stringify(await run(job))}\n`);
