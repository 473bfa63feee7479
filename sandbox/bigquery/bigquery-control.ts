/** What tests and people do to the stand-in while it runs: one JSON command a request. */
import {
  CALL_KINDS,
  type CallKind,
  FAULT_MODES,
  type FaultMode,
  type Faults,
} from './bigquery-faults.ts';
import type { ServiceAccount } from './service-account.ts';
import type { Warehouse } from './warehouse.ts';

export type BigQueryCommand =
  /** The next calls (of one kind, without it of all) go wrong; `after` says how many pass before. */
  | { do: 'fail'; at?: CallKind; mode: FaultMode; times?: number; after?: number; ms?: number }
  /** All tokens that are out end. */
  | { do: 'expire-tokens' }
  /** The service's clock goes on: streamed rows settle, tables expire. */
  | { do: 'advance'; minutes: number };

export interface ControlParts {
  readonly warehouse: Warehouse;
  readonly faults: Faults;
  readonly account: ServiceAccount;
  advance(ms: number): void;
}

/** Does it. Throws RangeError for what is not known. */
export function control(
  { faults, account, advance }: ControlParts,
  command: BigQueryCommand,
): unknown {
  switch (command.do) {
    case 'fail': {
      const { at, mode, times = 1, after = 0, ms } = command;
      if (!FAULT_MODES.includes(mode))
        throw new RangeError(`mode is one of ${FAULT_MODES.join(', ')}`);
      if (at !== undefined && !CALL_KINDS.includes(at)) {
        throw new RangeError(`at is one of ${CALL_KINDS.join(', ')}`);
      }
      faults.add({ at, mode, times, after, ms });
      break;
    }
    case 'expire-tokens':
      account.expire();
      break;
    case 'advance':
      if (!Number.isFinite(command.minutes)) throw new RangeError('minutes must be a number');
      advance(command.minutes * 60_000);
      break;
    default:
      throw new RangeError(`there is no command "${(command as { do: unknown }).do}"`);
  }
  return { ok: true };
}
