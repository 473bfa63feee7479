/**
 * Every path has a latency of its own, drawn by seed from a heavy-tailed law; the same call gives
 * the same number here and in the program that computes the lower bound of a run.
 */
import { randomOf } from '../sites/seed.ts';
import { afterDelay, answer, type StandIn, smallPage, startStandIn } from './stand-in.ts';

export type LatencyLaw =
  | {
      readonly kind: 'pareto';
      readonly minMs: number;
      readonly alpha: number;
      readonly maxMs: number;
    }
  | {
      readonly kind: 'log-normal';
      readonly medianMs: number;
      readonly sigma: number;
      readonly maxMs: number;
    };

/** Most answers in tens of milliseconds, a few in seconds. */
export const HEAVY_TAIL: LatencyLaw = { kind: 'pareto', minMs: 20, alpha: 1.2, maxMs: 4_000 };

export interface LatencyServerOptions {
  readonly port?: number;
  readonly seed?: number;
  readonly law?: LatencyLaw;
}

export interface LatencyServerStats {
  readonly requests: number;
  readonly concurrencyMax: number;
  /** Sum of the latencies of the answers so far, ms. */
  readonly servedMs: number;
}

/** The latency of a path (without its query), ms. */
export function latencyOfPath(seed: number, path: string, law: LatencyLaw = HEAVY_TAIL): number {
  const random = randomOf(seed, 'latency', path);
  if (law.kind === 'pareto') {
    return Math.min(law.maxMs, law.minMs * (1 - random.next()) ** (-1 / law.alpha));
  }
  // Box and Muller: two even draws make a normal one.
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  const normal = radius * Math.cos(2 * Math.PI * random.next());
  return Math.min(law.maxMs, law.medianMs * Math.exp(law.sigma * normal));
}

/** Sum and maximum of the latencies of these paths, ms: what no schedule can beat. */
export function latencyTotals(
  seed: number,
  paths: Iterable<string>,
  law: LatencyLaw = HEAVY_TAIL,
): { readonly sumMs: number; readonly maxMs: number } {
  let sumMs = 0;
  let maxMs = 0;
  for (const path of paths) {
    const each = latencyOfPath(seed, path, law);
    sumMs += each;
    maxMs = Math.max(maxMs, each);
  }
  return { sumMs, maxMs };
}

/** Answers each path with a small page after its latency; robots.txt at once with 404. */
export function latencyServer(
  options: LatencyServerOptions = {},
): Promise<StandIn<LatencyServerStats>> {
  const { port = 0, seed = 1, law = HEAVY_TAIL } = options;
  let requests = 0;
  let concurrent = 0;
  let concurrencyMax = 0;
  let servedMs = 0;
  return startStandIn(
    port,
    () => ({ requests, concurrencyMax, servedMs }),
    (request, response) => {
      const path = (request.url ?? '/').replace(/\?.*$/s, '');
      if (path === '/robots.txt') return answer(response, 404, 'not found\n');
      requests += 1;
      concurrent += 1;
      concurrencyMax = Math.max(concurrencyMax, concurrent);
      response.once('close', () => {
        concurrent -= 1;
      });
      const delayMs = latencyOfPath(seed, path, law);
      return afterDelay(response, delayMs, () => {
        servedMs += delayMs;
        answer(response, 200, smallPage(path.slice(1).replaceAll('/', '-') || 'home'));
      });
    },
  );
}
