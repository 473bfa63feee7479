import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from './base/clock.ts';
import { carryOut } from './cli/carry-out.ts';
import { serveControl } from './cli/control.ts';
import type { EngineSession } from './cli/workbench.ts';
import { standingsHere } from './main-watch.ts';

test('all jobs that are asked for are told of, however many', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
  t.after(() => rmSync(dataDir, { recursive: true }));
  const engine = { running: () => 3, nextDueMs: () => undefined, explain: () => [] };
  const close = await serveControl(dataDir, async (request) =>
    request.action === 'server' || request.action === 'api'
      ? undefined
      : carryOut(engine as unknown as EngineSession['engine'], request),
  );
  t.after(close);
  const ids = Array.from({ length: 1_000 }, (_, i) => `j_${i}`);
  const standings = await standingsHere(dataDir, systemClock)(ids);
  assert.deepEqual(
    ids.filter((id) => standings.get(id)?.running !== 3),
    [],
  );
});
