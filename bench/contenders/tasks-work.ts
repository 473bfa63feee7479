/** What the thread pools run. */
export function nothing(n: number): number {
  return n;
}
