import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveSettings } from './resolve-settings.ts';
import { mistypedVariables, settingsOfKey } from './setting-keys.ts';
import { SETTINGS } from './settings.ts';

const resolve = (
  env: Record<string, string> = {},
  flags: Record<string, unknown> = {},
  values: Record<string, unknown> = {},
) => resolveSettings({ env, flags, file: { path: 'sluice.json', values } });

describe('settings', () => {
  it('have sound defaults', () => {
    const { settings, origins } = resolve();
    assert.equal(settings.retries, 3);
    assert.equal(settings.requestTimeoutMs, 10_000);
    assert.equal(settings.hostRate, 'learned');
    assert.ok(Object.isFrozen(settings));
    for (const origin of Object.values(origins)) assert.equal(origin.source, 'default');
  });

  it('come from file, environment and flags, the later winning', () => {
    const file = { retries: 1, jobConcurrency: 5 };
    assert.equal(resolve({}, {}, file).settings.retries, 1);
    assert.equal(resolve({ SLUICE_RETRIES: '2' }, {}, file).settings.retries, 2);
    const { settings, origins } = resolve({ SLUICE_RETRIES: '2' }, { retries: '4' }, file);
    assert.equal(settings.retries, 4);
    assert.equal(origins.retries.source, 'flag');
    assert.equal(origins.jobConcurrency.source, 'file sluice.json');
  });

  it('take the names that earlier systems used', () => {
    const { settings, origins } = resolve({
      CSV_CONCURRENT_WORKERS: '10',
      MAX_WORKERS: '2',
      REQUEST_TIMEOUT: '15',
    });
    assert.equal(settings.jobConcurrency, 10);
    assert.equal(settings.jobsMax, 2);
    assert.equal(settings.requestTimeoutMs, 15_000);
    assert.equal(origins.jobsMax.source, 'env MAX_WORKERS');
    const both = resolve({ BATCH_SIZE: '6000', DB_BATCH_SIZE: '10' }).settings;
    assert.deepEqual(
      [both.batchSize, both.campaignBatchSize, both.dbBatchSize],
      [6_000, 5_000, 10],
    );
  });

  it('bound every pool to a Postgres by the one variable for it, down to one connection', () => {
    for (const { settings } of [
      resolve({ DB_MAX_POOL_SIZE: '1' }),
      resolve({}, {}, { DB_MAX_POOL_SIZE: 1 }),
    ]) {
      assert.deepEqual([settings.dbMaxPoolSize, settings.exportConnections], [1, 1]);
    }
    assert.equal(resolve({}, {}, { dbMaxPoolSize: 5 }).settings.exportConnections, 20);
    assert.throws(() => resolve({ SLUICE_DB_MAX_POOL_SIZE: '0' }), {
      code: 'settings.invalid',
      hint: /env SLUICE_DB_MAX_POOL_SIZE/,
    });
  });

  it('take the same names in the file, as variables are written and as its keys are', () => {
    for (const [name, { env }] of Object.entries(SETTINGS)) {
      for (const variable of env) assert.ok(settingsOfKey(variable).includes(name as never));
    }
    const { settings, origins } = resolve(
      {},
      {},
      { MAX_WORKERS: 3, maxRetries: 7, BATCH_SIZE: 60 },
    );
    assert.deepEqual(
      [settings.jobsMax, settings.retries, settings.batchSize, settings.campaignBatchSize],
      [3, 7, 60, 60],
    );
    assert.equal(origins.jobsMax.source, 'file sluice.json, as MAX_WORKERS');
    for (const [key, name] of [
      ['accountTimeout', 'accountTimeoutMs'],
      ['maxRetries', 'retries'],
      ['processTimeout', 'processTimeoutMs'],
      ['maxWorkers', 'jobsMax'],
      ['requestTimeout', 'requestTimeoutMs'],
      ['csvConcurrentWorkers', 'jobConcurrency'],
      ['batchSize', 'batchSize'],
    ] as const) {
      assert.deepEqual(settingsOfKey(key), [name]);
    }
  });

  it('are refused where the file has one by two names', () => {
    assert.throws(() => resolve({}, {}, { jobsMax: 2, MAX_WORKERS: 3 }), {
      code: 'settings.twice',
      message: /jobsMax is in sluice.json twice: as jobsMax and as MAX_WORKERS/,
    });
  });

  it('prefer their own variable to an inherited one', () => {
    const env = { SLUICE_JOBS_MAX: '7', MAX_WORKERS: '2' };
    assert.equal(resolve(env).settings.jobsMax, 7);
  });

  it('read lists, rates and switches', () => {
    const { settings } = resolve({
      SLUICE_ALLOW_HOSTS: 'a.test, 10.0.0.0/8',
      SLUICE_HOST_RATE: '30/min',
      SLUICE_ROBOTS: 'off',
    });
    assert.deepEqual(settings.allowHosts, ['a.test', '10.0.0.0/8']);
    assert.equal(settings.hostRate, 0.5);
    assert.equal(settings.robots, false);
  });

  it('turn off what has a size by 0, where that makes sense', () => {
    assert.equal(resolve().settings.httpCacheBytesMax, 256 * 2 ** 20);
    assert.equal(resolve({ SLUICE_HTTP_CACHE_MAX: '0' }).settings.httpCacheBytesMax, 0);
    assert.equal(resolve({}, {}, { httpCacheBytesMax: 1e6 }).settings.httpCacheBytesMax, 1e6);
    assert.throws(() => resolve({ SLUICE_BODY_MAX: '0' }), { code: 'settings.invalid' });
    assert.throws(() => resolve({ SLUICE_HTTP_CACHE_MAX: '-1' }), { code: 'settings.invalid' });
  });

  it('take no duration of 0, but where it is said what that means', () => {
    const isDuration = ([, { unit }]: (typeof table)[number]) => unit.startsWith('duration');
    const table = Object.entries(SETTINGS);
    const durations = table.filter(isDuration);
    assert.ok(durations.length > 20);
    for (const [name, { unit, env }] of durations) {
      const from = (value: unknown) => () => resolve({}, {}, { [name]: value });
      const refused = (message: RegExp) => ({ code: 'settings.invalid', message });
      assert.doesNotThrow(from('1m'), name);
      assert.throws(from('400d'), refused(new RegExp(`${name} .* 400 d .*it takes .* to `)), name);
      assert.throws(from('5x'), refused(/not a duration such as 10s/), name);
      for (const none of [0, '0', '0s', '0ms']) {
        if (unit.includes(', 0 = ')) assert.doesNotThrow(from(none), name);
        else assert.throws(from(none), refused(new RegExp(`${name} .* 0 ms .*it takes 1 m?s to`)));
      }
      if (unit.includes(', 0 = ')) continue;
      for (const variable of env) {
        const hint = new RegExp(`env ${variable}\\.`);
        assert.throws(() => resolve({ [variable]: '0' }), { code: 'settings.invalid', hint });
      }
    }
  });

  it('refuse what cannot be, naming setting, value and source', () => {
    assert.throws(() => resolve({ MAX_WORKERS: 'many' }), {
      code: 'settings.invalid',
      message: /jobsMax.*"many"/,
      hint: /env MAX_WORKERS/,
    });
    assert.throws(() => resolve({}, {}, { retreis: 3 }), {
      code: 'settings.unknown',
      hint: 'Did you mean retries?',
    });
    const hints = {
      requestTimout: 'requestTimeout (requestTimeoutMs)',
      max_workers: 'MAX_WORKERS (jobsMax)',
    };
    for (const [key, near] of Object.entries(hints)) {
      assert.throws(() => resolve({}, {}, { [key]: 3 }), { hint: `Did you mean ${near}?` });
    }
    assert.throws(() => resolve({ REQUEST_TIMEOUT: '2h' }), { code: 'settings.invalid' });
  });

  it('tell all that cannot be at once, and variables that are called almost right', () => {
    assert.throws(
      () => resolve({ MAX_WORKERS: 'many', SLUICE_ROBOTS: 'perhaps' }, {}, { retreis: 3 }),
      ({ errors }: AggregateError) => {
        assert.deepEqual(
          errors.map(({ code, params }) => [code, params.name]),
          [
            ['settings.unknown', 'retreis'],
            ['settings.invalid', 'jobsMax'],
            ['settings.invalid', 'robots'],
          ],
        );
        return true;
      },
    );
    const mistyped = {
      SLUICE_JOBS_MX: 'SLUICE_JOBS_MAX',
      SLUICE_MAX_WORKERS: 'SLUICE_JOBS_MAX',
      SLUICE_MAX_WORKER: 'SLUICE_JOBS_MAX',
      SLUICE_BATCH_SIZES: 'SLUICE_BATCH_SIZE',
      SLUICE_XYZZY_FROM_MARS: undefined,
      ACOUNT_TIMEOUT: 'ACCOUNT_TIMEOUT',
    };
    const others = [
      'SLUICE_JOBS_MAX',
      'MAX_WORKERS',
      'SLUICE_TEST_POSTGRES',
      'SLUICE_SERVICE_HOST',
      'SLUICE_PORT_7070_TCP_ADDR',
      'SLUICE_KEY',
      'PATH',
      'PORTS',
    ];
    const env = Object.fromEntries(
      [...others, ...Object.keys(mistyped)].map((name) => [name, '3']),
    );
    assert.deepEqual(Object.fromEntries(mistypedVariables(env)), mistyped);
  });

  it('take the address that Kubernetes writes for a service named sluice for no port', () => {
    const { settings } = resolve({ SLUICE_PORT: 'tcp://10.0.0.7:7070', PORT: '8080' });
    assert.equal(settings.serverPort, 8080);
    assert.equal(resolve({ SLUICE_PORT: '9090' }).settings.serverPort, 9090);
  });

  it('never show a secret in an error', () => {
    assert.throws(
      () => resolve({}, { llmApiKey: 12_345 }),
      (error: Error) => !error.message.includes('12345'),
    );
  });

  it('have one name a variable, and a sentence each', () => {
    // Two earlier systems had the one, each of its own; the other bounds all pools to a Postgres.
    const shared = ['BATCH_SIZE', 'DB_MAX_POOL_SIZE'];
    const variables = Object.values(SETTINGS)
      .flatMap(({ env }) => env)
      .filter((name, at, all) => !shared.includes(name) || all.indexOf(name) === at);
    assert.equal(new Set(variables).size, variables.length);
    for (const [name, setting] of Object.entries(SETTINGS)) {
      assert.match(setting.sentence, /^[A-Z].*\.$/, name);
    }
  });
});
