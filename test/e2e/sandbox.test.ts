/** Stand-ins as they are started by hand: what each says, pasted into a shell, works. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from 'node:test';
import { BIN, scratch, start } from './sluice-process.ts';

/** Small ones, what is run after what is printed, and what is said when all is well. */
const STAND_INS = {
  sites: { small: ['--count', '4'], says: /4 done, 0 failed|Results: out\.csv/ },
  x: {
    small: ['--lists', '2', '--list-size', '20', '--accounts', '2'],
    says: /2 rows: 2 done, 0 failed/,
  },
  telegram: {
    small: ['--channels', '1', '--posts', '5'],
    // The closed one is read with an account; a name that nobody has is part of the list.
    says: /3 rows: 2 done, 1 failed/,
  },
  vicidial: {
    small: ['--campaigns', '1', '--clients', '1', '--hours', '3'],
    says: /1 rows?: 1 done, 0 failed/,
  },
  models: { small: ['--count', '1'], says: /Results: found\.jsonl/ },
  s3: {
    small: [],
    more: 'sluice upload "$0" --to s3://bucket',
    says: /1 of 1 files/,
  },
  bigquery: {
    small: ['--credentials', 'clients.csv'],
    more: 'sluice campaigns import --from bigquery://sandbox/campaigns/credentials -o list.csv',
    says: /1 login is an account of vicidial/,
  },
} as const;

const CLIENTS = 'campaign,client,url,user,password\na,b,http://127.0.0.1:9/v,u,p\n';

describe('sluice sandbox', { concurrency: 2 }, () => {
  for (const [kind, plan] of Object.entries(STAND_INS)) {
    it(`${kind} says how to point Sluice at it`, async () => {
      using directory = scratch();
      // A name that needs quotes.
      const cwd = join(directory.path, 'a b');
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'clients.csv'), CLIENTS);
      const standIn = start(['sandbox', kind, ...plan.small], { cwd });
      try {
        await standIn.said(/Ctrl-C to end/);
        const printed = standIn.output.stderr.split('To use it:\n')[1]?.split('\n\n')[0] ?? '';
        const after = 'more' in plan ? `\n${plan.more}` : '';
        const env = { PATH: `${sluiceIn(directory.path)}${delimiter}${process.env.PATH}` };
        const pasted = start([`${printed}${after}`, join(cwd, 'clients.csv')], {
          ...{ cwd, env, command: ['sh', '-c'] },
        });
        const { code, stderr } = await pasted.ended;
        // 3: what is broken on purpose.
        assert.ok(code === 0 || code === 3, stderr);
        assert.match(stderr, plan.says);
        if (kind === 'models') {
          assert.match(readFileSync(join(cwd, 'found.jsonl'), 'utf8'), /"transcript"/);
        }
      } finally {
        standIn.child.kill('SIGINT');
      }
      assert.equal((await standIn.ended).code, 0);
    });
  }
});

/** A directory with this Sluice under its name. */
function sluiceIn(parent: string): string {
  const bin = join(parent, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'sluice'), `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(join(bin, 'sluice'), 0o755);
  return bin;
}
