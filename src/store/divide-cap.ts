/**
 * Seats of a cap (attempts that a tenant or a job may have active over the whole cluster), divided
 * among nodes by demand. Pure. Nodes ask at different times, and only the one that asks gets its
 * answer: so a seat is given only where nobody holds it, and a node that holds more than its part
 * loses seats only as it reports fewer in use. Between the two they are nobody's. Such a node
 * starts nothing more before it is below its part: else it would use them all for as long as it
 * has work.
 */

/** What is known of a node that shares the cap. */
export interface CapHolder {
  /** Orders nodes; their fence. */
  readonly id: number;
  /** Seats that it was told to hold when it last asked. */
  readonly held: number;
  /** In use and wanted, as it last said. */
  readonly want: number;
}

export interface CapSeats {
  /** Nobody else gets these. */
  readonly held: number;
  /** Of these, how many may be in use for more to start. */
  readonly part: number;
}

/**
 * The seats of a node from now on.
 *
 * @param others - all others that share the cap
 * @param me - who asks, with what it held so far (0 = nothing)
 * @param turn - moves on with time: seats that are left when all have got the same go round, so
 *   that of three nodes that share one seat each has its time
 */
export function divideCap(
  seats: number,
  others: readonly CapHolder[],
  me: CapHolder & { readonly inUse: number },
  turn: number,
): CapSeats {
  const kept = Math.min(me.inUse, me.held);
  const free = others.reduce((left, { held }) => left - held, seats);
  const fair = fairPart(seats, [...others, me], me.id, turn);
  const held = Math.max(kept, Math.min(fair, free));
  return { held, part: Math.min(held, fair) };
}

/** Most even parts of which nobody gets more than it wants and none is left while one wants it. */
function fairPart(seats: number, nodes: readonly CapHolder[], id: number, turn: number): number {
  let left = Math.max(0, seats);
  let wanting = nodes.filter(({ want }) => want > 0);
  for (;;) {
    const even = Math.floor(left / Math.max(1, wanting.length));
    const content = wanting.filter(({ want }) => want <= even);
    const mine = content.find((node) => node.id === id);
    if (mine !== undefined) return mine.want;
    if (content.length > 0) {
      for (const { want } of content) left -= want;
      wanting = wanting.filter(({ want }) => want > even);
      continue;
    }
    const order = wanting.map((node) => node.id).sort((a, b) => a - b);
    const at = order.indexOf(id);
    if (at === -1) return 0;
    // What is left goes to those whose turn it is, one each.
    const place = (at + order.length - (turn % order.length)) % order.length;
    return even + (place < left % order.length ? 1 : 0);
  }
}
