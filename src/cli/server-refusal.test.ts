import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ServerRefusal } from './server-refusal.ts';

const problem = (code: string) =>
  JSON.stringify({ code, detail: 'It is so.', hint: 'Do that.', status: 400 });

it('a refusal keeps its words and ends as the same error does here', () => {
  const known = new ServerRefusal(404, problem('job.not_found'));
  assert.deepEqual(
    [known.code, known.message, known.hint, known.exitCode],
    ['job.not_found', 'It is so.', 'Do that.', 4],
  );
  const cases = [
    [400, problem('newer.code'), 'newer.code', 2],
    [403, problem('newer.code'), 'newer.code', 5],
    [429, problem('newer.code'), 'newer.code', 6],
    [500, problem('newer.code'), 'newer.code', 1],
    [502, '<html>Bad gateway</html>', 'server.refused', 6],
    [200, '', 'server.refused', 2],
    [404, '{"error":"no such page"}', 'server.refused', 4],
  ] as const;
  for (const [status, body, code, exit] of cases) {
    const refusal = new ServerRefusal(status, body);
    assert.deepEqual([refusal.code, refusal.exitCode], [code, exit], `${status} ${body}`);
    assert.doesNotMatch(refusal.message + refusal.hint, /\{\w+\}/);
  }
});
