/**
 * Failures of tasks, told to who looks on at other nodes: what happens here goes to the store in
 * batches, what happened elsewhere comes into the feed here. For people who watch: the counters are
 * the truth, and of a flood only the first are told.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { EngineEvent, SequencedEvent } from '../model/event.ts';
import type { ClusterStore, Fence } from '../store/cluster-store.ts';
import type { Feed } from './feed.ts';

const BATCH_MS = 250;
const BATCH_MAX = 100;

export class ToldEvents {
  readonly #cluster: Pick<ClusterStore, 'tell' | 'told'>;
  readonly #node: string;
  readonly #clock: Clock;
  readonly #feed: Feed;
  readonly #leaveFeed: () => void;
  #batch: string[] = [];
  #timer: Timer | undefined;
  #next = -1;
  /** Set while an event of elsewhere is told here. */
  #relaying = false;
  #fence: Fence | undefined;
  #hearing: Promise<void> | undefined;

  /** `node`: its id, which stays when it joins again. */
  constructor(
    cluster: Pick<ClusterStore, 'tell' | 'told'>,
    node: string,
    clock: Clock,
    feed: Feed,
  ) {
    this.#node = node;
    this.#cluster = cluster;
    this.#clock = clock;
    this.#feed = feed;
    this.#leaveFeed = feed.subscribe((event) => this.#take(event));
  }

  /** Under which number things are told; undefined = the node is not there at present. */
  joined(fence: Fence | undefined): void {
    this.#fence = fence;
  }

  /** Brings what other nodes have told since. */
  hear(): Promise<void> {
    this.#hearing ??= this.#hear().finally(() => {
      this.#hearing = undefined;
    });
    return this.#hearing;
  }

  async #hear(): Promise<void> {
    if (this.#fence === undefined) return;
    const { events, next } = await this.#cluster.told(this.#fence, this.#next);
    this.#next = next;
    this.#relaying = true;
    try {
      for (const text of events) {
        const event = read(text);
        if (event !== undefined && event.by !== this.#node) this.#feed.append(event.event);
      }
    } finally {
      this.#relaying = false;
    }
  }

  close(): void {
    this.#leaveFeed();
    this.#timer?.cancel();
  }

  #take(event: SequencedEvent): void {
    if (this.#relaying || event.type !== 'task.failed' || this.#fence === undefined) return;
    if (this.#batch.length >= BATCH_MAX) return;
    const { seqNo: _, atMs: __, ...told } = event;
    this.#batch.push(JSON.stringify({ by: this.#node, event: told }));
    this.#timer ??= this.#clock.after(BATCH_MS, () => {
      this.#timer = undefined;
      const batch = this.#batch;
      this.#batch = [];
      if (this.#fence === undefined) return;
      this.#cluster.tell(this.#fence, batch).catch(() => {
        // Told for people alone: what is lost is in the counters and the failures all the same.
      });
    });
  }
}

/** What another node has told; undefined where it is of another version and told something else. */
function read(text: string): { readonly by: string; readonly event: EngineEvent } | undefined {
  try {
    const told = JSON.parse(text) as { readonly by: string; readonly event: EngineEvent };
    return told.event?.type === 'task.failed' ? told : undefined;
  } catch {
    return undefined;
  }
}
