/** Where starts of lanes that are owned here are had for work that other nodes do. */
import type { Permit, Unit } from '../admission/admission.ts';
import type { Clock } from '../base/clock.ts';
import type { LoanAsk } from '../store/cluster-store.ts';
import type { Engine } from './engine.ts';
import type { LoansOptions } from './loans.ts';
import type { Startable } from './seat.ts';

/** Long against a hand-over, short for those who wait for their turn. */
const TERM_MS = 400;

/**
 * Guests of a tenant wait as if they were another tenant of the same weight: what the tenant may
 * have active is counted where they work, and must not hold them up here.
 */
function guestsOf(tenant: string): string {
  return `guests of ${tenant}`;
}

export function createGuestDesk(
  engine: Pick<Engine, 'admission' | 'laneBook' | 'kick' | 'runs'>,
  clock: Clock,
  nodeSlots: number,
): Pick<LoansOptions, 'enqueue' | 'withdraw' | 'adopt' | 'termMs' | 'kick'> {
  const prepare = ({ lane, tenant, limits }: LoanAsk) => {
    engine.laneBook.lend(lane, limits);
    // Seats are given back at once: it is the lane that guests are here for.
    engine.runs.shares.setGuests(tenant, guestsOf(tenant), nodeSlots);
  };
  return {
    kick: () => engine.kick(),
    enqueue(ask, id, start) {
      prepare(ask);
      const unit: Unit<Startable> = {
        tenant: guestsOf(ask.tenant),
        jobId: guestsOf(ask.tenant),
        lanes: [ask.lane],
        kind: 'task',
        seq: id,
        payload: { start: (permit: Permit) => start(permit) },
      };
      engine.admission.enqueue(unit);
      engine.kick();
      return unit;
    },
    termMs(lane) {
      // A pace counts every start, and what is learned counts every answer.
      const { concurrency, rate, breaker } = engine.laneBook.limitsOf(lane);
      const plain = typeof concurrency === 'number' && rate === 'none' && !breaker;
      return plain ? TERM_MS : 0;
    },
    withdraw(unit) {
      engine.admission.withdraw(unit);
    },
    adopt(ask) {
      prepare(ask);
      return engine.admission.takeLeaf([ask.lane], clock.monoMs());
    },
  };
}
