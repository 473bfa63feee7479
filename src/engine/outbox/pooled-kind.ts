/** A kind of destination whose batches pass a pool: so many at once, of all jobs. */
import type { DeliverySink, SinkKind } from '../../sinks/delivery-sink.ts';
import type { InlinePool } from '../../workers/inline-pool.ts';

/** `pool`: asked at each batch; undefined = there is none. */
export function pooledKind(kind: SinkKind, pool: () => InlinePool | undefined): SinkKind {
  return { ...kind, open: async (address) => pooledSink(await kind.open(address), pool) };
}

function pooledSink(sink: DeliverySink, pool: () => InlinePool | undefined): DeliverySink {
  const { place, pace } = sink;
  return {
    place,
    ...(pace && { pace }),
    async write(batch, signal) {
      const through = pool();
      if (through === undefined) return sink.write(batch, signal);
      const label = `${batch.rows.length} rows for ${place}, ${batch.jobId}`;
      await through.run(label, (both) => sink.write(batch, both), signal);
    },
    close: () => sink.close(),
  };
}
