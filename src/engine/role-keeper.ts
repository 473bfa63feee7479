/**
 * What one of several nodes does for all of them: minding schedules, sending webhooks. Whoever has
 * the role begins as a process does after another one has ended; with the node's place in the
 * cluster the role is gone too, and goes to whoever asks for it next.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { ClusterStore } from '../store/cluster-store.ts';
import type { ClusterEngine } from './cluster-engine.ts';
import type { Membership } from './membership.ts';

const LOOK_MS = 1_000;

export interface RoleKeeperOptions {
  readonly cluster: Pick<ClusterStore, 'takeRole' | 'giveRole'>;
  readonly engine: Pick<ClusterEngine, 'membership' | 'onPlace'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly role: string;
  /** Takes up the work; where it rejects, it is ended and begun anew later, here or elsewhere. */
  readonly begin: () => Promise<void>;
  /** Ends the work, whether it was begun to the end or not. */
  readonly end: () => Promise<void>;
}

export class RoleKeeper {
  readonly #options: RoleKeeperOptions;
  /** Under which stay in the cluster the role is held. */
  #held: Membership | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #timer: Timer | undefined;
  #leavePlace = () => {};
  #closed = false;

  constructor(options: RoleKeeperOptions) {
    this.#options = options;
  }

  /** Whether the work may go on at this very moment. */
  holds(): boolean {
    const { engine, clock } = this.#options;
    const held = this.#held;
    return held !== undefined && held === engine.membership && held.holds(clock.monoMs());
  }

  /** Resolves once the role was asked for the first time, and begun where it is held. */
  start(): Promise<void> {
    this.#leavePlace = this.#options.engine.onPlace(() => this.#look());
    return this.#look();
  }

  /** Ends the work where it is done here, and lets another node have it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#leavePlace();
    this.#timer?.cancel();
    await this.#looking;
    await this.#end(true);
  }

  #look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAll(): Promise<void> {
    this.#timer?.cancel();
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#lookOnce();
      } catch (error) {
        const { log, role } = this.#options;
        log.debug(`A role could not be taken: ${messageOf(error)}`, { role });
      }
    }
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(LOOK_MS, () => void this.#look());
  }

  async #lookOnce(): Promise<void> {
    const { cluster, engine, role, begin, log } = this.#options;
    const place = engine.membership;
    if (this.#held !== undefined && this.#held !== place) await this.#end(false);
    if (this.#held !== undefined || place === undefined) return;
    if (!(await cluster.takeRole(place.lease.fence, role))) return;
    this.#held = place;
    // `close` waits for this, and gives it back.
    if (this.#closed) return;
    try {
      await begin();
      log.info('this node has a role from now on', { role });
    } catch (error) {
      log.error(`A role could not be begun: ${messageOf(error)}`, { role });
      await this.#end(true);
    }
  }

  async #end(give: boolean): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const { cluster, role, end } = this.#options;
    await end();
    // Without its place the role is gone already, or about to be.
    if (give) await cluster.giveRole(held.lease.fence, role).catch(() => {});
  }
}
