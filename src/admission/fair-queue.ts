import { type HeapItem, IndexedHeap } from './indexed-heap.ts';

/** One who shares: a tenant, a job of a tenant, a tenant that waits at a lane. */
export interface Flow extends HeapItem {
  /** Virtual time at which the next piece of its work is due. */
  startTag: number;
  /** Its last turn; 0 = never served. Of equals, the one served longest ago comes first. */
  servedTurn: number;
  readonly weight: number;
}

/**
 * Start-time fair queueing: the flow with the earliest start tag is served, and its tag moves on by
 * cost / weight. Shares follow the weights whatever the costs, and no flow waits while another is
 * served twice its share.
 *
 * Invariants: virtual time never goes back; a flow that was away comes back at the present virtual
 * time, with no debt and no credit for its absence; a newcomer is the next to be served.
 */
export class FairQueue<F extends Flow> {
  readonly #heap = new IndexedHeap<F>(dueBefore);
  #virtualNow = 0;
  #turn = 0;

  get size(): number {
    return this.#heap.size;
  }

  /** The flow to be served next. */
  peek(): F | undefined {
    return this.#heap.peek();
  }

  /** A flow has something to be served. */
  join(flow: F): void {
    const first = this.#heap.peek();
    const present =
      first === undefined ? this.#virtualNow : Math.min(this.#virtualNow, first.startTag);
    if (flow.startTag < present) flow.startTag = present;
    this.#heap.push(flow);
  }

  /** A flow has nothing more to be served at present. It keeps its tag. */
  leave(flow: F): void {
    this.#heap.remove(flow);
  }

  /** Whether anybody else waits to be served than the one whose turn it is. */
  get contended(): boolean {
    return this.#heap.size > 1;
  }

  /** Serves a flow that has joined, for `cost`. */
  serve(flow: F, cost: number): void {
    if (flow.startTag > this.#virtualNow) this.#virtualNow = flow.startTag;
    this.#turn += 1;
    flow.servedTurn = this.#turn;
    flow.startTag += cost / flow.weight;
    if (flow.heapAt >= 0) this.#heap.update(flow);
  }

  /**
   * Makes up for a cost that was guessed wrong. What is given back makes a flow at most `creditMax`
   * early: a wild guess must not buy it everything for a long time. What is still to be paid makes
   * it at most `debtMax` late: nothing is owed for what nobody else wanted.
   */
  correct(flow: F, cost: number, creditMax: number, debtMax: number): void {
    let tag = flow.startTag + cost / flow.weight;
    if (cost < 0) {
      const earliest = this.#virtualNow - creditMax / flow.weight;
      if (tag < earliest) tag = Math.min(flow.startTag, earliest);
    } else {
      const latest = this.#virtualNow + debtMax / flow.weight;
      if (tag > latest) tag = Math.max(flow.startTag, latest);
    }
    flow.startTag = tag;
    if (flow.heapAt >= 0) this.#heap.update(flow);
  }

  /** Whether forgetting this flow changes nothing: it does not wait and would come back now. */
  isPast(flow: F): boolean {
    return flow.heapAt < 0 && flow.startTag <= this.#virtualNow;
  }
}

/** One function for all queues: there is one a lane that is waited for, and two a tenant. */
function dueBefore(a: Flow, b: Flow): boolean {
  return a.startTag < b.startTag || (a.startTag === b.startTag && a.servedTurn < b.servedTurn);
}
