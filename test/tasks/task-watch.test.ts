/** What is told of tasks: to the log, to Prometheus, to traces, and of what functions cost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTaskManager, prometheusText, type TaskContext } from '../../src/index.ts';

const fixture = new URL('../fixtures/compute-fixture.ts', import.meta.url);

async function resize(ctx: TaskContext): Promise<string> {
  if (ctx.attemptNo === 1) throw new Error('not yet');
  return 'done';
}
const fail = async () => {
  throw new Error('no "such" file');
};

describe('what is told of tasks', () => {
  it('is a line for each end and each retry, where it is asked for', async () => {
    const lines: string[] = [];
    await using tasks = createTaskManager({
      random: { next: () => 0.01 },
      debug: (line) => void lines.push(line),
    });
    await tasks.run(resize, [], { retries: 1, kind: 'analytics' });
    await tasks.run(fail, []).catch(() => {});
    await tasks.run({ module: fixture, name: 'double' }, [2]);
    assert.match(lines[0] ?? '', /^t_1 analytics resize: attempt 1 failed: not yet; again in \d/);
    assert.match(
      lines[1] ?? '',
      /^t_1 analytics resize: completed, waited .*, took .*, attempt 2$/,
    );
    assert.match(lines[2] ?? '', /^t_2 general fail: failed, .*: no "such" file$/);
    assert.match(lines[3] ?? '', /^t_3 general double: completed/);
  });

  it('is what functions cost, from the last clear on', async () => {
    await using off = createTaskManager();
    assert.equal(off.profile(), undefined);
    await using tasks = createTaskManager({ env: { SLUICE_TASKS_PROFILING: '1' } });
    const busy = () => {
      for (const endMs = Date.now() + 30; Date.now() < endMs; );
    };
    await tasks.map([1, 2, 3], busy);
    await tasks.run(fail, []).catch(() => {});
    const { functions, cores, eventLoop, overMs } = tasks.profile() ?? assert.fail();
    assert.deepEqual(
      functions.map(({ name, calls, failed }) => [name, calls, failed]),
      [
        ['busy', 3, 0],
        ['fail', 1, 1],
      ],
    );
    const [first] = functions;
    assert.ok(first && first.totalMs >= 85 && first.maxMs >= 28 && first.meanMs >= 28);
    assert.ok(overMs >= 85 && cores > 0 && eventLoop > 0 && eventLoop <= 1);
    tasks.clear();
    assert.deepEqual(tasks.profile()?.functions, []);
  });

  it('is a text that Prometheus reads', async () => {
    await using tasks = createTaskManager();
    await tasks.map([1, 2], async (n) => n, { kind: 'upload' });
    await tasks.run(fail, []).catch(() => {});
    const text = prometheusText(tasks.metrics(), { manager: 'a "b"' });
    const own = 'manager="a \\"b\\"",kind="upload"';
    assert.ok(text.includes(`sluice_tasks_ended_total{${own},outcome="completed"} 2\n`), text);
    assert.ok(text.includes(`sluice_task_seconds_count{${own}} 2\n`), text);
    assert.ok(text.includes('sluice_tasks_waiting{manager="a \\"b\\""} 0\n'), text);
    assert.match(text, /^sluice_task_seconds\{.*kind="general",quantile="0.99"\} \d/m);
    const sample = /^[a-z_]+(\{\w+="([^"\\]|\\.)*"(,\w+="([^"\\]|\\.)*")*\})? [\d.e+-]+$/;
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, line.startsWith('#') ? /^# (HELP|TYPE) sluice_tasks?_\w+ \w/ : sample);
    }
  });

  it('is a span for each end', async () => {
    const spans: { name: string; ms: number; outcome: unknown; code: number | undefined }[] = [];
    const tracer = {
      startSpan(
        name: string,
        { startTime, attributes }: { startTime: number; attributes: object },
      ) {
        let code: number | undefined;
        return {
          setStatus: (status: { code: number }) => void ({ code } = status),
          end(endMs: number) {
            const outcome = (attributes as Record<string, unknown>)['sluice.outcome'];
            spans.push({ name, ms: endMs - startTime, outcome, code });
          },
        };
      },
    };
    await using tasks = createTaskManager({ tracer });
    await tasks.run(resize, [], { retries: 1 });
    await tasks.run(fail, []).catch(() => {});
    assert.deepEqual(
      spans.map(({ name, outcome, code }) => [name, outcome, code]),
      [
        ['task resize', 'completed', undefined],
        ['task fail', 'failed', 2],
      ],
    );
    assert.ok(spans.every(({ ms }) => ms >= 0));
  });

  it('is what an option would take, where it makes no sense', async () => {
    await using tasks = createTaskManager();
    const wrong = (what: RegExp) => ({ code: 'task.option', message: what });
    const make = (options: object) => () => createTaskManager(options);
    assert.throws(make({ profile: 'prod' }), wrong(/profile: prod: it takes development, prod/));
    assert.throws(make({ kind: {} }), wrong(/kind: did you mean kinds\?/));
    assert.throws(make({ threadCount: 2 }), wrong(/threadCount: nobody knows it/));
    const submit = (options: object) => () => tasks.submit(fail, [], options);
    assert.throws(submit({ kind: 'upolad' }), wrong(/did you mean upload\?/));
    assert.throws(submit({ kind: 'tea' }), wrong(/known are general, ai, upload/));
    assert.throws(submit({ retries: -1 }), wrong(/retries: -1/));
    assert.throws(submit({ timeoutMs: '5s' }), wrong(/timeoutMs: 5s: it takes milliseconds/));
    assert.throws(submit({ deadlineMs: Number.NaN }), wrong(/deadlineMs/));
    assert.throws(() => tasks.map([], fail, { concurrency: 0 }), wrong(/concurrency: 0/));
    const call = (name: string, module = fixture) => tasks.run({ module, name }, [2]);
    await assert.rejects(call('duoble'), { code: 'compute.module', message: /mean double\./ });
    const none = new URL('./not-there.ts', import.meta.url);
    await assert.rejects(call('double', none), { code: 'compute.module' });
  });

  it('is how far a function is, also where it takes progress out of its context', async () => {
    await using tasks = createTaskManager();
    const handle = tasks.submit(({ progress, signal }: TaskContext) => {
      progress(1, 2);
      return signal.aborted;
    }, []);
    assert.equal(await handle.result, false);
    assert.deepEqual(handle.progress, { done: 1, total: 2 });
  });
});
