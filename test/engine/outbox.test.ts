/** The outbox in simulation: random commits, refusals and deaths; every record is there once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SluiceError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/log.ts';
import { pick, type Random, randomInt, seededRandom } from '../../src/base/random.ts';
import { Feed } from '../../src/engine/feed.ts';
import { Outbox } from '../../src/engine/outbox/outbox.ts';
import { fileText } from '../../src/model/record-file.ts';
import type {
  DeliveryBatch,
  DeliverySink,
  FileBatch,
  SinkKind,
} from '../../src/sinks/delivery-sink.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { RecordFileFolder } from '../../src/store/record-files/record-file-folder.ts';
import { withRecordFiles } from '../../src/store/record-files/with-record-files.ts';
import type { Store } from '../../src/store/store.ts';
import { completed, failure, NOW, spec, step, task } from '../conformance/store-fixtures.ts';
import { VirtualClock } from '../fakes/virtual-clock.ts';

/** A place that knows a batch by its id alone, and minds if it ever differs. */
class Place {
  readonly batches = new Map<string, DeliveryBatch>();
  /** Thrown by the next writes, before or after the batch is there; `dies`: the writer as well. */
  readonly refusals: { readonly error?: unknown; after: boolean; dies?: boolean }[] = [];
  open = 0;

  write(batch: DeliveryBatch, onDeath: () => void): void {
    const refusal = this.refusals.shift();
    if (refusal !== undefined && !refusal.after) throw refusal.error;
    const before = this.batches.get(batch.id);
    if (before !== undefined) assert.deepEqual(batch.rows, before.rows, 'the same batch again');
    this.batches.set(batch.id, batch);
    if (refusal?.dies) onDeath();
    else if (refusal !== undefined) throw refusal.error;
  }

  ids(): readonly string[] {
    return [...this.batches.values()].flatMap(({ rows }) => rows.map(({ id }) => id));
  }
}

interface World {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly place: Place;
  readonly feed: Feed;
  readonly random: Random;
}

function world(seed = 1): World {
  const clock = new VirtualClock();
  const feed = new Feed(clock, 1, (error) => assert.fail(String(error)));
  return { clock, feed, store: new MemoryStore(), place: new Place(), random: seededRandom(seed) };
}

const SEALER = { seal: (text: string) => `sealed ${text}`, open: (text: string) => text.slice(7) };
const BUSY = new SluiceError('sink.unavailable', { place: 'fake', detail: 'away' });
const REFUSED = new SluiceError('sink.refused', { place: 'fake', detail: 'no right' });

/**
 * A process: from its death on, it neither writes anywhere nor hears anything. `writeFile`: what
 * becomes of a file, where the destination takes files.
 */
function start(
  { clock, store, place, feed, random }: World,
  writeFile?: DeliverySink['writeFile'],
  prepareFile?: DeliverySink['prepareFile'],
) {
  const life = { dead: false };
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  const mortal = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(inner, name) {
        const member = Reflect.get(inner, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (life.dead) return new Promise(() => {});
          return Promise.resolve(member.apply(inner, args)).then((value) =>
            life.dead ? new Promise(() => {}) : value,
          );
        };
      },
    });
  const sink: DeliverySink = {
    place: 'fake',
    pace: { rowsMax: 7, charsMax: 10_000, lingerMs: 3_000 },
    write: async (batch) =>
      place.write(batch, () => {
        life.dead = true;
      }),
    ...(writeFile && { writeFile }),
    ...(prepareFile && { prepareFile }),
    close: async () => {
      place.open -= 1;
    },
  };
  const kind: SinkKind = {
    schemes: ['fake:'],
    example: 'fake:x',
    local: false,
    keyed: true,
    check: (address) => ({ place: address.replace(/#.*/, '') }),
    async open() {
      place.open += 1;
      return { ...mortal(sink), place: 'fake', ...(sink.pace && { pace: sink.pace }) };
    },
  };
  const outbox = new Outbox({
    store: mortal<Store>(store),
    feed,
    kinds: [kind],
    sealer: SEALER,
    shared: false,
    keyShared: true,
    named: new Map([['warehouse', 'fake:named#secret']]),
    // Less than what suits the destination.
    rowsMax: writeFile === undefined ? 5 : Number.POSITIVE_INFINITY,
    fileAt: async ({ name }) => name,
    columnsOf: async () => undefined,
    clock,
    random,
    log: { ...silentLogger, info: tell, warn: tell },
  });
  return { outbox, life, told };
}

async function complete({ store, feed }: World, jobId: string): Promise<void> {
  await store.finishPlan(jobId, NOW);
  const job = await store.moveJob(jobId, 'complete', { nowMs: NOW });
  feed.append({ type: 'job.state', jobId, state: 'completed', job });
}

async function truth(store: Store, jobId: string): Promise<readonly string[]> {
  const records = await store.records(jobId, undefined, 100_000);
  return records.map(({ seq, index }) => `${jobId}.${seq}.${index}`).sort();
}

async function state(outbox: Outbox, jobId: string) {
  return (await outbox.list(jobId))[0];
}

/** Plays until the job's only delivery is in a state. */
async function until(world: World, outbox: Outbox, jobId: string, wanted: string): Promise<void> {
  let seen: string | undefined;
  const look = async () => {
    for (;;) {
      seen = (await state(outbox, jobId))?.state;
      if (seen === wanted) return;
      await world.clock.sleep(100);
    }
  };
  let done = false;
  const looking = look().finally(() => {
    done = true;
  });
  assert.ok(await world.clock.run(() => done, 3_600_000), `${wanted}, but it is ${seen}`);
  await looking;
}

describe('the outbox', () => {
  it('delivers while the job runs, and to its end', async () => {
    const here = world();
    const { store, place, clock } = here;
    const { outbox } = start(here);
    await outbox.begin();
    await store.createJob(spec('j_1'));
    await outbox.add(spec('j_1'), outbox.check(['fake:a#secret'], true));
    await store.addRows(
      'j_1',
      0,
      Array.from({ length: 30 }, (_, n) => task(n)),
      NOW,
    );
    const page = (seq: number) => step('j_1', seq, { records: [`{"n":${seq}}`], end: completed });
    await store.commit([page(20), page(3)]);
    let passed = false;
    await clock.run(() => passed || !clock.after(2_500, () => (passed = true)), 2_600);
    assert.equal(place.batches.size, 0, 'a small batch waits for more');
    assert.ok(await clock.run(() => place.batches.size === 1, 10_000));
    assert.deepEqual(place.ids(), ['j_1.20.0', 'j_1.3.0']);
    const rest = Array.from({ length: 30 }, (_, n) => n).filter((n) => n !== 20 && n !== 3);
    await store.commit(rest.map(page));
    await complete(here, 'j_1');
    await until(here, outbox, 'j_1', 'delivered');
    assert.deepEqual(place.ids().toSorted(), await truth(store, 'j_1'));
    const sizes = [...place.batches.values()].map(({ rows }) => rows.length);
    assert.equal(Math.max(...sizes), 5);
    const shown = await state(outbox, 'j_1');
    assert.equal(shown?.delivered, 30);
    assert.equal(shown?.place, 'fake:a');
    await outbox.end();
    assert.equal(place.open, 0);
  });

  it('rests while the destination is away, and stops where it is refused, until told', async () => {
    const here = world();
    const { store, place } = here;
    const { outbox, told } = start(here);
    await outbox.begin();
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0)], NOW);
    await store.commit([step('j_1', 0, { records: ['{"a":1}', '{"a":"x"}'], end: completed })]);
    await complete(here, 'j_1');
    for (let i = 0; i < 12; i += 1) place.refusals.push({ error: BUSY, after: i % 2 === 1 });
    place.refusals.push({ error: REFUSED, after: false });
    await outbox.add(spec('j_1'), outbox.check(['fake:a'], true));
    await until(here, outbox, 'j_1', 'resting');
    const resting = await state(outbox, 'j_1');
    assert.equal(resting?.reason?.code, 'sink.unavailable');
    assert.ok((resting?.retryAtMs ?? 0) >= here.clock.wallMs() - 100);
    await until(here, outbox, 'j_1', 'stopped');
    assert.equal((await state(outbox, 'j_1'))?.reason?.code, 'sink.refused');
    await outbox.goOn('j_1');
    await until(here, outbox, 'j_1', 'delivered');
    assert.equal((await state(outbox, 'j_1'))?.reason, undefined);
    assert.deepEqual(place.ids().toSorted(), await truth(store, 'j_1'));
    const words = told.map((text) => / (rests|has stopped|goes on)[:.]/.exec(text)?.[1]);
    assert.deepEqual(words, ['rests', 'has stopped', 'goes on'], told.join('\n'));
    await outbox.end();
  });

  it('delivers each record once over deaths, refusals and rows tried again', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const here = world(seed);
      const { store, place, random, clock } = here;
      await store.createJob(spec('j_1'));
      await store.addRows(
        'j_1',
        0,
        Array.from({ length: 40 }, (_, n) => task(n)),
        NOW,
      );
      let { outbox, life } = start(here);
      await outbox.begin();
      await outbox.add(spec('j_1'), outbox.check(['fake:a'], true));
      for (let turn = 0; turn < 25; turn += 1) {
        const what = randomInt(random, 0, 9);
        if (what < 5) {
          const batch = Array.from({ length: randomInt(random, 1, 9) }, () => {
            const seq = randomInt(random, 0, 39);
            return { seq, more: randomInt(random, 0, 3) };
          });
          for (const { seq, more } of batch) {
            const [open] = await store.pending('j_1', seq, 1);
            if (open?.seq !== seq) continue;
            const records = Array.from({ length: more }, (_, n) => `{"n":${n},"${seq % 3}":1}`);
            const down = { kind: 'discarded', durationMs: 1, failure: failure('down') } as const;
            const end = pick(random, [undefined, completed, down]);
            const at = { records, recordsFrom: open.recordCount, cursor: '1' };
            await store.commit([step('j_1', seq, { ...at, ...(end && { end }) })]);
          }
        } else if (what < 7) {
          const error = random.next() < 0.8 ? BUSY : new Error('odd');
          place.refusals.push({ error, after: random.next() < 0.5 });
        } else if (what === 7) {
          place.refusals.push({ after: true, dies: true });
        } else if (what === 8) {
          await store.retryDiscarded('j_1', NOW);
          await store.takeDue('j_1', NOW + 1, 100);
        } else {
          life.dead = true;
        }
        // Whoever has died is followed by another, sooner or later.
        if (life.dead && random.next() < 0.5) {
          ({ outbox, life } = start(here));
          await outbox.begin();
        }
        const stopMs = clock.monoMs() + randomInt(random, 0, 4_000);
        await clock.run(() => clock.monoMs() >= stopMs, 4_000);
      }
      place.refusals.length = 0;
      if (life.dead) {
        ({ outbox, life } = start(here));
        await outbox.begin();
      }
      await store.cancelOpen('j_1', NOW);
      await complete(here, 'j_1');
      await until(here, outbox, 'j_1', 'delivered');
      const ids = place.ids();
      assert.equal(new Set(ids).size, ids.length, `seed ${seed}: nothing twice`);
      assert.deepEqual(ids.toSorted(), await truth(store, 'j_1'), `seed ${seed}`);
      await outbox.end();
    }
  });

  it('delivers what was sent as a file to what takes none by now', async (t) => {
    const path = await mkdtemp(join(tmpdir(), 'sluice-outbox-'));
    t.after(() => rm(path, { recursive: true }));
    const folder = new RecordFileFolder(path);
    const here = { ...world(), store: withRecordFiles(new MemoryStore(), folder) };
    const { store, place } = here;
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0)], NOW);
    const writer = await folder.write('j_1', 0, 0);
    await writer.write(Buffer.from(Array.from({ length: 12 }, (_, n) => `${n}\tN\n`).join('')), 12);
    const parts = await writer.finish();
    const fields = [{ property: 'n', cell: 0, as: 'text' }] as const;
    const file = { cells: 1, fields, parts, rows: 12, lineBytes: 9, breaks: false };
    const page = { records: [fileText(file)], recordsFrom: 11, inFile: 11, end: completed };
    await store.commit([step('j_1', 0, page)]);
    await complete(here, 'j_1');
    const first = start(here, () => Promise.reject(BUSY));
    await first.outbox.begin();
    await first.outbox.add(spec('j_1'), first.outbox.check(['warehouse'], false));
    await until(here, first.outbox, 'j_1', 'resting');
    first.life.dead = true;
    // The name stands for another place since.
    const { outbox } = start(here);
    await outbox.begin();
    await until(here, outbox, 'j_1', 'delivered');
    assert.deepEqual(place.ids().toSorted(), await truth(store, 'j_1'));
    await outbox.end();
  });

  it('says of each part of a file what comes next, and that is what comes', async (t) => {
    const path = await mkdtemp(join(tmpdir(), 'sluice-outbox-'));
    t.after(() => rm(path, { recursive: true }));
    const folder = new RecordFileFolder(path, 1);
    const here = { ...world(), store: withRecordFiles(new MemoryStore(), folder) };
    const { store } = here;
    await store.createJob(spec('j_1'));
    await store.addRows('j_1', 0, [task(0)], NOW);
    const writer = await folder.write('j_1', 0, 0);
    for (let no = 0; no < 3; no += 1) await writer.write(Buffer.from(`${no}\tN\n`), 1);
    const parts = await writer.finish();
    assert.equal(parts.length, 3);
    const fields = [{ property: 'n', cell: 0, as: 'text' }] as const;
    const file = { cells: 1, fields, parts, rows: 3, lineBytes: 4, breaks: false };
    const page = { records: [fileText(file)], recordsFrom: 2, inFile: 2, end: completed };
    await store.commit([step('j_1', 0, page)]);
    await complete(here, 'j_1');
    const written: FileBatch[] = [];
    const prepared: FileBatch[] = [];
    const { outbox } = start(
      here,
      async (batch) => void written.push(batch),
      (batch) => void prepared.push(batch),
    );
    await outbox.begin();
    await outbox.add(spec('j_1'), outbox.check(['warehouse'], false));
    await until(here, outbox, 'j_1', 'delivered');
    assert.equal(written.length, 3);
    assert.deepEqual(prepared, written.slice(1));
    await outbox.end();
  });

  it('keeps secrets sealed, and refuses what nobody knows or allows', async () => {
    const here = world();
    const { outbox } = start(here);
    await here.store.createJob(spec('j_1'));
    await outbox.add(spec('j_1'), outbox.check(['fake:a#password'], true));
    const [document] = await here.store.documents({ kind: 'outgoing', limit: 9 });
    assert.match(document?.json ?? '', /sealed fake:a#password/);
    const refused = (work: () => unknown, code: string) =>
      assert.throws(work, (error: { code?: string; message: string }) => {
        assert.doesNotMatch(error.message, /password/);
        return error.code === code;
      });
    refused(() => outbox.check(['fake:a#password'], false), 'sink.not_allowed');
    refused(() => outbox.check(['other://password@host'], true), 'sink.invalid');
    assert.deepEqual(outbox.check(['warehouse'], false), [
      { address: 'warehouse', place: 'fake:named' },
    ]);
    await outbox.remove('j_1');
    assert.deepEqual(await outbox.all(), []);
  });
});
