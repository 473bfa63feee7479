import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readBytes } from './input-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-bomb-'));
after(() => rmSync(directory, { recursive: true, force: true }));

async function inflated(name: string, content: Buffer): Promise<number> {
  const path = join(directory, name);
  writeFileSync(path, gzipSync(content));
  let bytes = 0;
  for await (const chunk of readBytes(path, 'gzip')) bytes += chunk.length;
  return bytes;
}

describe('compressed input', () => {
  it('that only grows is refused before it has grown much', async () => {
    const bomb = Buffer.alloc(64 * 2 ** 20, 'a,b\n');
    await assert.rejects(inflated('bomb.gz', bomb), { code: 'input.bomb' });
  });

  it('of a usual list is read whole, however long', async () => {
    const rows = Array.from({ length: 600_000 }, (_, i) => `https://www.site-${i}.example/,${i}`);
    const list = Buffer.from(rows.join('\n'));
    assert.ok(list.length > 16 * 2 ** 20);
    assert.equal(await inflated('list.gz', list), list.length);
  });

  it('that is small may be of one letter', async () => {
    assert.equal(await inflated('small.gz', Buffer.alloc(2 ** 20, 'a')), 2 ** 20);
  });
});
