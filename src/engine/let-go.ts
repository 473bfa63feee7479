/** Leaving a collector, and what it threw, without being harmed by either. */

/** The stack of an error, where it has one that can be read. */
export function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

/** Lets a collector leave its generator, so that its `finally` is run. Never rejects. */
export async function letGo(pages: AsyncIterator<unknown>): Promise<void> {
  try {
    await pages.return?.();
  } catch {
    // It has ended: what goes wrong then changes nothing.
  }
}
