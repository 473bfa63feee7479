import type { CachedReply, HttpCache } from './http-cache.ts';

/**
 * Kept answers in memory: gone with the process. Those used longest ago give way once all together
 * weigh more than `bytesMax`, and no single one may throw out most of the others.
 */
export function createMemoryHttpCache(bytesMax: number): HttpCache & { readonly bytes: number } {
  const entries = new Map<string, CachedReply>();
  let bytes = 0;
  const drop = (key: string) => {
    const old = entries.get(key);
    if (old === undefined) return;
    entries.delete(key);
    bytes -= weight(key, old);
  };
  return {
    get bytes() {
      return bytes;
    },
    get(key, freshAtMs) {
      const cached = entries.get(key);
      if (cached === undefined) return undefined;
      if (freshAtMs !== undefined && cached.freshUntilMs <= freshAtMs) return undefined;
      entries.delete(key);
      entries.set(key, cached);
      return cached;
    },
    set(key, cached) {
      drop(key);
      if (weight(key, cached) > bytesMax / 8) return;
      entries.set(key, cached);
      bytes += weight(key, cached);
      for (const oldest of entries.keys()) {
        if (bytes <= bytesMax) break;
        drop(oldest);
      }
    },
    delete: drop,
    async close() {},
  };
}

/** Of keys, headers and the objects around them, roughly: two bytes a character and a kilobyte. */
function weight(key: string, { reply }: CachedReply): number {
  let chars = key.length + reply.url.length;
  for (const name of Object.keys(reply.headers)) {
    chars += name.length + (reply.headers[name] as string).length;
  }
  return reply.body.byteLength + 2 * chars + 1_024;
}
