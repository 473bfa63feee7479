/** The clock of a page in a browser: what `Clock` is to a process, without anything of Node's. */
export interface PageTimer {
  cancel(): void;
}

export const pageClock = {
  /** Milliseconds since 1970, UTC. */
  wallMs: (): number => Date.now(),
  /** Milliseconds since the page was opened; never goes back. */
  monoMs: (): number => performance.now(),
  after(ms: number, callback: () => void): PageTimer {
    const handle = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(handle) };
  },
} as const;
