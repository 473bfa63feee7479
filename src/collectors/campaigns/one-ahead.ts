/**
 * Asks for one more while the last is worked on: the next rows are read and parsed while those
 * before them are on their way to the disk. The source ends where nobody asks any more.
 */
export async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const ask = () => {
    const asked = source.next();
    // It may fail while nobody waits for it yet; whoever does then hears of it.
    asked.catch(() => {});
    return asked;
  };
  let next = ask();
  try {
    for (;;) {
      const step = await next;
      if (step.done) return;
      next = ask();
      yield step.value;
    }
  } finally {
    // It ends behind what it has in hand, which may take until the attempt's own end.
    source.return(undefined).catch(() => {});
  }
}
