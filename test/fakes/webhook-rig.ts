/**
 * Webhooks over a real database and real connections, with the retries in virtual time. A rig can be
 * ended and another be opened over the same directory, as processes follow each other.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { SecretBox } from '../../src/base/secret-box.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Webhooks } from '../../src/engine/webhooks.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createAddressGuard } from '../../src/transport/address-guard.ts';
import {
  createUndiciFetcher,
  defaultResolver,
  FETCHER_DEFAULTS,
} from '../../src/transport/undici-fetcher.ts';
import { setUp, spec } from './engine-rig.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Of real time: an answer that comes must come within it, also where the machine stands still. */
const TIMEOUT_MS = 3_000;
const PATIENCE_MS = 60_000;

export interface WebhookRig {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly store: Store;
  readonly webhooks: Webhooks;
  /** Runs a job of tenant `t` to its end; returns its id. */
  endJob(): Promise<string>;
  /** Plays until `done`. */
  until(done: () => boolean | Promise<boolean>): Promise<void>;
  /** Ends everything as a process does that is told to. */
  close(): Promise<void>;
}

export interface RigOptions {
  readonly allowHosts?: readonly string[];
  /** Stands before the store of webhooks. */
  readonly wrap?: (store: Store) => Store;
}

export async function webhookDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-webhooks-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

let jobs = 0;
let rigs = 0;

export async function openWebhookRig(
  directory: string,
  { allowHosts = ['127.0.0.1'], wrap = (store) => store }: RigOptions = {},
  clock = new VirtualClock(),
): Promise<WebhookRig> {
  rigs += 1;
  const store = await openSqliteStore({ path: directory, mode: 'owner' });
  const collector = { name: 'test', collect: async () => undefined };
  const { engine } = setUp(collector, 2, { store }, clock);
  const fetcher = createUndiciFetcher({
    ...FETCHER_DEFAULTS,
    clock: systemClock,
    headers: {},
    allowHosts,
    resolve: [],
    resolver: defaultResolver(),
  });
  const webhooks = new Webhooks({
    engine,
    store: wrap(store),
    fetcher,
    timeoutMs: TIMEOUT_MS,
    guard: createAddressGuard({ allowHosts, resolve: [] }),
    sealer: new SecretBox({ key: '', file: join(directory, 'secret.key') }),
    clock,
    // Another one each time: numbers are made of it, and virtual time may stand still.
    random: seededRandom(rigs),
    log: silentLogger,
    jobBody: ({ id, state, counters }) => ({ id, state, counters }),
  });
  await webhooks.open();
  const until = async (done: () => boolean | Promise<boolean>) => {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!(await done())) {
      assert.ok(performance.now() < deadlineMs, 'nothing more happens');
      let over = false;
      void Promise.resolve(done()).then((yes) => {
        over = yes;
      });
      await clock.run(() => over);
      await delay(1);
    }
  };
  return {
    clock,
    engine,
    store,
    webhooks,
    async endJob() {
      jobs += 1;
      const id = `j_${String(jobs).padStart(6, '0')}`;
      const settled = engine.submit(spec(id, clock)).then(() => engine.settled(id));
      let ended = false;
      void settled.then(() => {
        ended = true;
      });
      await until(() => ended);
      return id;
    },
    until,
    async close() {
      const closing = webhooks.close().then(() => engine.close());
      let closed = false;
      void closing.then(() => {
        closed = true;
      });
      await until(() => closed);
      await fetcher.close();
      await store.close();
    },
  };
}
