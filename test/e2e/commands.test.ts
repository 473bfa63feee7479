/** Exit codes and words of commands that need no network: one table. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { jsonLines, scratch, sluice } from './sluice-process.ts';

const directory = scratch();

interface Case {
  readonly args: string;
  readonly code: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  { args: '', code: 0, stdout: /Usage: sluice/ },
  { args: '--version', code: 0, stdout: /^\d+\.\d+\.\d+\n$/ },
  { args: '--help', code: 0, stdout: /run .*collector/ },
  { args: 'jobs --help', code: 0, stdout: /download/ },
  {
    args: 'rum',
    code: 2,
    stderr: /no command named rum.\n {2}Did you mean run\?\n.*usage.unknown/,
  },
  { args: 'help', code: 0, stdout: /^Usage: sluice \[/ },
  { args: 'help help', code: 0, stdout: /^Usage: sluice \[/ },
  { args: 'help jobs', code: 0, stdout: /^Usage: sluice jobs \[/ },
  { args: 'help jobs ls', code: 0, stdout: /^Usage: sluice jobs ls / },
  { args: 'jobs help', code: 0, stdout: /^Usage: sluice jobs \[/ },
  { args: 'jobs help ls', code: 0, stdout: /^Usage: sluice jobs ls / },
  {
    args: 'help rum',
    code: 2,
    stdout: /^$/,
    stderr: /no command named rum.\n {2}Did you mean run\?\n.*usage.unknown/,
  },
  {
    args: 'help jobs dowload',
    code: 2,
    stdout: /^$/,
    stderr: /no command named jobs dowload.\n {2}Did you mean download\?/,
  },
  { args: 'jobs help xyzzy', code: 2, stdout: /^$/, stderr: / {2}See sluice jobs --help\./ },
  { args: 'help run more', code: 2, stdout: /^$/, stderr: /no command named run more\./ },
  { args: 'help xyzzy --json', code: 2, stdout: /"usage.unknown"/, stderr: /^$/ },
  { args: 'run', code: 2, stderr: /Missing required argument 'collector'/ },
  {
    args: 'run contacts list.csv --colum website',
    code: 2,
    stderr: /no option named --colum.\n {2}Did you mean --column\?/,
  },
  { args: 'run contcts list.csv', code: 2, stderr: /Did you mean contacts\?/ },
  { args: 'run contacts list.csv --opt mod=x', code: 2, stderr: /Did you mean mode\?/ },
  { args: 'run contacts list.csv --opt mode=x', code: 2, stderr: /option mode of contacts/ },
  { args: 'run contacts list.csv --opt x', code: 2, stderr: /--opt takes name=value/ },
  {
    args: 'run contacts list.csv --retries x',
    code: 2,
    stderr: /--retries takes a whole number of 0 or more, not "x"/,
  },
  ...['0', '-5', 'NaN', '0s', '1.5', '10081'].map((every) => ({
    args: `campaigns collect list.csv --every ${every}`,
    code: 2,
    stderr: /--every takes whole minutes from 1 to 10,080, such as --every 15, not /,
  })),
  ...['leads collect --max-lists', 'leads collect --batch', 'leads schedule --max-lists']
    .concat(['schedules preview */5_*_*_*_* --count', 'collections show leads --limit'])
    .map((args) => ({
      args: `${args} 0`,
      code: 2,
      stderr: /takes a whole number of 1 or more, not "0"/,
    })),
  { args: 'tenants set acme --weight none', code: 2, stderr: /--weight takes a number above 0/ },
  { args: 'run contacts list.csv --delimiter abc', code: 2, stderr: /takes one character/ },
  { args: 'run contacts list.csv --timeout soon', code: 2, stderr: /--timeout takes a duration/ },
  { args: 'run contacts list.csv --allow-failed x', code: 2, stderr: /--allow-failed takes/ },
  {
    args: 'run contacts list.csv --host-rate fast',
    code: 2,
    stderr: /^error: --host-rate cannot be "fast": neither learned, none nor a rate such as 5\/s\./,
  },
  {
    args: 'serve --port 99999',
    code: 2,
    stderr: /^error: --port cannot be "99999": not a whole number from 0 to 65535\./,
  },
  { args: 'jobs ls --server x', code: 2, stderr: /--server cannot be "x": .* http:\/\/127/ },
  { args: 'serve --host=', code: 2, stderr: /--host cannot be "": it is empty/ },
  {
    args: 'run contacts list.csv --timeout 0',
    code: 2,
    stderr: /takes a duration above 0 such as/,
  },
  {
    args: 'run contacts list.csv --timeout',
    code: 2,
    stderr: /--timeout takes <duration>, and no/,
  },
  { args: 'run contacts list.csv --retries 9999999999', code: 2, stderr: /up to 999999999, not/ },
  {
    args: 'jobs ls --progress x',
    code: 2,
    stderr: /--progress takes auto, tty, plain or none, not "x"/,
  },
  { args: 'demo x', code: 2, stderr: /\[what\] takes contacts, .* or media, not "x"/ },
  { args: 'run contacts list.csv --max-workers 3', code: 2, stderr: /jobsMax \(SLUICE_JOBS_MAX\)/ },
  {
    args: 'tenants create a --weight x',
    code: 2,
    stderr: /--weight takes a number above 0, not "x"/,
  },
  {
    args: 'keys create --expires x',
    code: 2,
    stderr: /--expires takes a duration such as 90d, not "x"/,
  },
  { args: 'run contacts list.csv --resolve x', code: 2, stderr: /settings.invalid/ },
  { args: 'run contacts list.csv -o no/such/out.csv', code: 2, stderr: /output.unwritable/ },
  { args: 'run contacts list.csv -o out.xyz', code: 2, stderr: /output.format_unknown/ },
  {
    args: 'run contacts list.csv -o out.csv --to postgres://h/d?table=t',
    code: 2,
    stderr: /--to takes neither --output nor --format/,
  },
  { args: 'run contacts list.csv --to postgres://u:pw@h/d', code: 2, stderr: /names no table/ },
  { args: 'files manifest j_none --data none', code: 4, stderr: /store.missing/ },
  { args: 'run contacts list.csv --json -o -', code: 2, stderr: /^$/, stdout: /"usage.invalid"/ },
  { args: 'run ./none.ts list.csv', code: 2, stderr: /collector.invalid/ },
  {
    args: 'jobs show j_none --data none',
    code: 4,
    stderr: /`sluice run --data none`.*\n.*missing/,
  },
  { args: 'limits ls --data none', code: 4, stderr: /with `sluice serve --data none`,/ },
  { args: 'jobs ls --data fresh', code: 0, stdout: /^$/, stderr: /No jobs yet/ },
  { args: 'jobs ls --state gone', code: 2, stderr: /There are: running/ },
  { args: 'jobs download j_none --json', code: 4, stdout: /"code":"(store|job)\.\w+"/ },
  { args: 'config print', code: 0, stdout: /requestTimeoutMs +10s +default/ },
  {
    args: 'config print',
    env: { REQUEST_TIMEOUT: '7s', MAX_WORKERS: '3', CSV_CONCURRENT_WORKERS: '9' },
    code: 0,
    stdout: /jobsMax +3 +env MAX_WORKERS[\s\S]*requestTimeoutMs +7s +env REQUEST_TIMEOUT/,
  },
  { args: 'config check', env: { REQUEST_TIMEOUT: 'x' }, code: 2, stderr: /env REQUEST_TIMEOUT/ },
  {
    args: 'config check',
    env: { REQUEST_TIMEOUT: 'x', SLUICE_RETRIES: 'y' },
    code: 2,
    stderr:
      /env REQUEST_TIMEOUT[\s\S]*env SLUICE_RETRIES|env SLUICE_RETRIES[\s\S]*env REQUEST_TIMEOUT/,
  },
  {
    args: 'config check',
    env: { SLUICE_JOBS_MX: '3' },
    code: 0,
    stderr: /SLUICE_JOBS_MX is no variable of a setting\. Did you mean SLUICE_JOBS_MAX\?/,
  },
  // Every command says it: a limit may be missing by it.
  {
    args: 'jobs ls --data fresh',
    env: { SLUICE_JOBS_MAXX: '3' },
    code: 0,
    stderr: /^warning: SLUICE_JOBS_MAXX is no variable.*Did you mean SLUICE_JOBS_MAX\?\n/,
  },
  { args: 'jobs ls -q --data fresh', env: { SLUICE_JOBS_MAXX: '3' }, code: 0, stderr: /^(?!warn)/ },
  { args: 'run contacts x.csv --nothing-like-it', code: 2, stderr: /See the command with --help/ },
  { args: '-v', code: 2, stderr: /^[^\n]*\n[^\n]*\n[^\n]*\n$/ },
  { args: 'config check --config typo.json', code: 2, stderr: /Did you mean retries\?/ },
  { args: 'config print --config bom.json', code: 0, stdout: /retries +4 +file bom\.json/ },
  { args: 'config check --config utf16le.json', code: 2, stderr: /in UTF-16; save it as UTF-8\./ },
  { args: 'config check --config utf16be.json', code: 2, stderr: /in UTF-16; save it as UTF-8\./ },
  { args: 'config check --config latin1.json', code: 2, stderr: /bytes that are not UTF-8/ },
  { args: 'config check --config none.json', code: 2, stderr: /settings.file/ },
  { args: 'collectors ls', code: 0, stdout: /^COLLECTOR[\s\S]*\ncontacts / },
  { args: 'collectors describe contacts', code: 0, stdout: /"mode"/ },
  { args: 'doctor --data d1', code: 0, stdout: /ok +database/ },
  { args: 'doctor --data file.txt', code: 1, stdout: /error +data directory/ },
  // A place that takes no directories.
  {
    args: 'doctor --data /proc/x',
    code: 1,
    stdout: /error +data directory +\/proc\/x is not there, .*: ENOENT/,
  },
  { args: 'bench here --each 10ms --data /proc/x/y', code: 1, stderr: /store.unwritable/ },
  { args: 'completion bash', code: 0, stdout: /complete .*_sluice sluice/ },
  { args: 'completion tcsh', code: 2, stderr: /bash, zsh, fish/ },
  { args: '__complete -- jobs re', code: 0, stdout: /^resume\nretry\n$/ },
  { args: '__complete -- run con', code: 0, stdout: /^contacts\n$/ },
  { args: '__complete -- run contacts --progress p', code: 0, stdout: /^plain\n$/ },
  { args: '__complete -- jobs show j_', code: 0, stdout: /^$/, stderr: /^$/ },
];

const NONE = /There are none\./;
const MISSING = /\[store\.missing\]/;

/** What asks for things that are there, with a directory that is not. */
const ASKING: readonly (readonly [args: string, code: number, stderr: RegExp])[] = [
  ['accounts ls', 0, NONE],
  ['keys ls', 0, NONE],
  ['tenants ls', 0, NONE],
  ['schedules ls', 0, NONE],
  ['webhooks ls', 0, NONE],
  ['leads lists ls', 0, NONE],
  ['nodes ls', 0, NONE],
  ['jobs pause j_none', 4, MISSING],
  ['jobs resume j_none', 4, MISSING],
  ['jobs cancel j_none', 4, MISSING],
  ['jobs retry j_none', 4, MISSING],
  ['jobs rm j_none --yes', 4, MISSING],
  ['jobs deliver j_none', 4, MISSING],
  ['schedules show s', 4, MISSING],
  ['webhooks deliveries w', 4, MISSING],
  ['accounts rm a', 4, MISSING],
  ['keys revoke k', 4, MISSING],
  ['tenants set t --weight 2', 4, MISSING],
];

before(() => {
  writeFileSync(join(directory.path, 'list.csv'), 'website\nexample.com\n');
  writeFileSync(join(directory.path, 'typo.json'), '{"retrys": 2}');
  writeFileSync(join(directory.path, 'bom.json'), '\ufeff{"retries": 4}');
  const utf16 = Buffer.from('\ufeff{"retries": 4}', 'utf16le');
  writeFileSync(join(directory.path, 'utf16le.json'), utf16);
  writeFileSync(join(directory.path, 'utf16be.json'), Buffer.from(utf16).swap16().subarray(2));
  writeFileSync(join(directory.path, 'latin1.json'), Buffer.from('{"tenant": "né"}', 'latin1'));
  writeFileSync(join(directory.path, 'file.txt'), 'x');
});
after(() => directory[Symbol.dispose]());

describe('commands', { concurrency: 3 }, () => {
  for (const { args, code, stdout, stderr, env = {} } of CASES) {
    const name = [...Object.keys(env), 'sluice', args].join(' ');
    it(`${name} ends with ${code}`, async () => {
      const words = args === '' ? [] : args.split(' ');
      const ended = await sluice(words, { cwd: directory.path, env });
      assert.equal(ended.code, code, ended.stderr + ended.stdout);
      if (stdout) assert.match(ended.stdout, stdout);
      if (stderr) assert.match(ended.stderr, stderr);
      if (code !== 0 && !args.includes('doctor')) {
        const told = args.includes('--json') ? ended.stdout : ended.stderr;
        assert.match(told, args.includes('--json') ? /"hint":"/ : /^error: .+\n {2}.+\n {2}\[/);
        assert.doesNotMatch(told, /\{\w+\}/, 'a parameter of the sentence was not filled in');
      }
    });
  }

  for (const [args, code, told] of ASKING) {
    it(`sluice ${args} makes no directory where there is none`, async () => {
      const data = `none-${args.replaceAll(' ', '-')}`;
      const ended = await sluice([...args.split(' '), '--data', data], { cwd: directory.path });
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, told);
      assert.equal(existsSync(join(directory.path, data)), false);
    });
  }

  it('sandbox sites names the port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const args = ['sandbox', 'sites', '--port', String(port), '--out', 'sites', '--count', '1'];
    const ended = await sluice(args, { cwd: directory.path });
    server.close();
    assert.equal(ended.code, 4);
    assert.match(ended.stderr, new RegExp(`Port ${port} is in use`));
  });

  it('JSON errors are one object a line', async () => {
    const ended = await sluice(['jobs', 'lst', '--json'], { cwd: directory.path });
    const [line] = jsonLines(ended.stdout) as [{ error: Record<string, string> }];
    assert.deepEqual(Object.keys(line.error), ['code', 'message', 'hint']);
  });
});
