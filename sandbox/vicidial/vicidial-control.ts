/** What tests and people do to the stand-in while it runs: one JSON command a request. */
import type { Logins } from './logins.ts';
import { FAULT_MODES, type FaultMode } from './vicidial-options.ts';
import type { Client, Rights, World } from './world.ts';

export type VicidialCommand =
  /** The clock goes on: calls are made, and what was not known of earlier ones becomes known. */
  | { do: 'advance'; minutes: number }
  /** The next exports of a client (`group/name`; without it of everybody) go wrong. */
  | { do: 'fail'; client?: string; mode: FaultMode; times?: number; ms?: number }
  /** Exports that are waited for are answered now. */
  | { do: 'answer' }
  | { do: 'rights'; client: string; rights: Partial<Rights> }
  /** The password is another one from now on. */
  | { do: 'password'; client: string; password: string }
  /** A server lets no address in, or every one again. */
  | { do: 'block-ip'; server: string; blocked: boolean };

export interface Script {
  readonly client: string | undefined;
  readonly mode: FaultMode;
  readonly ms: number;
  times: number;
}

export interface ControlParts {
  readonly world: World;
  readonly logins: Logins;
  /** What is still to go wrong, in the order in which it was asked for. */
  readonly scripts: Script[];
  /** What sends the answers that are waited for. */
  readonly slow: ReadonlySet<() => void>;
}

const SLOW_MS = 20_000;

/** Does it. Throws RangeError for what is not there or not known. */
export function control({ world, logins, scripts, slow }: ControlParts, command: VicidialCommand) {
  switch (command.do) {
    case 'advance':
      if (!(command.minutes >= 0)) throw new RangeError('minutes must be a number of 0 or more');
      world.nowMs += command.minutes * 60_000;
      break;
    case 'fail': {
      const { client, mode, times = 1, ms = SLOW_MS } = command;
      if (!FAULT_MODES.includes(mode)) {
        throw new RangeError(`mode is one of ${FAULT_MODES.join(', ')}`);
      }
      if (client !== undefined) clientNamed(world, client);
      scripts.push({ client, mode, times, ms });
      break;
    }
    case 'answer':
      for (const reply of [...slow]) reply();
      break;
    case 'rights':
      Object.assign(clientNamed(world, command.client).rights, command.rights);
      break;
    case 'password': {
      const client = clientNamed(world, command.client) as { password: string };
      client.password = String(command.password);
      break;
    }
    case 'block-ip':
      if (command.blocked) logins.blocked.add(command.server);
      else logins.blocked.delete(command.server);
      break;
    default:
      throw new RangeError(`there is no command "${(command as { do: unknown }).do}"`);
  }
  return { ok: true, now: new Date(world.nowMs).toISOString() };
}

export function clientNamed(world: World, name: string): Client {
  const client = world.clients.find((each) => `${each.campaign}/${each.name}` === name);
  if (!client) throw new RangeError(`there is no client "${name}"`);
  return client;
}
