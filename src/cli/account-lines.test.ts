import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../base/errors.ts';
import { accountLines, missingWords } from './account-lines.ts';

const lines = (text: string, service?: string) =>
  accountLines(Buffer.from(text), service).map(({ line: _, ...account }) => account);

test('accounts are read from CSV and from JSON lines', () => {
  const token = { service: 'x', name: 'a', secret: { token: 't' } };
  assert.deepEqual(lines(`${JSON.stringify(token)}\n\n`), [token]);
  const text = [{ service: 'x', name: 'a', secret: '{"token":"t"}' }];
  assert.deepEqual(lines('Name,service,Secret\na,x,"{""token"":""t""}"\n'), text);
  assert.deepEqual(lines('\uFEFFname,secret\r\na,s', 'y'), [
    { service: 'y', name: 'a', secret: 's' },
  ]);
});

test('a secret of several parts has a column for each', () => {
  const secret = { token: 't', apiHash: 'h' };
  const text = 'name,token,apiHash,note\na,t,h,\n';
  assert.deepEqual(lines(text, 'x'), [{ service: 'x', name: 'a', secret }]);
  const json = JSON.stringify({ name: 'a', token: 't', apiHash: 'h' });
  assert.deepEqual(lines(json, 'x'), [{ service: 'x', name: 'a', secret }]);
});

test('what is wrong with a file of accounts is told by its line, without what stands there', () => {
  for (const [text, line] of [
    ['', 1],
    ['a,x,hunter2\n', 1],
    ['service,name,secret\nx,a,hunter2\nx,,hunter2\n', 3],
    ['name,secret\na,hunter2\n', 2],
    ['{"name":"a","service":"x","secret":"hunter2"}\n{"secret":hunter2}\n', 2],
  ] as const) {
    assert.throws(
      () => lines(text),
      (error) =>
        error instanceof SluiceError &&
        error.code === 'account.import_invalid' &&
        error.message.includes(`line ${line}:`) &&
        !error.message.includes('hunter2'),
      text,
    );
  }
});

test('what a file lacks is told by service: whole columns, or cells by their lines', () => {
  const text = 'service,name,url,user\nv,a,http://d,u\nx,b,,\nv,c,http://d,\n';
  const accounts = accountLines(Buffer.from(text), undefined);
  assert.deepEqual(accounts[1]?.secret, {});
  const refused = [
    { at: 0, missing: ['password'] },
    { at: 1, missing: ['token'] },
    { at: 2, missing: ['user', 'password'] },
  ];
  assert.equal(
    missingWords(accounts, refused),
    'accounts of v lack password, user (line 4); accounts of x lack token',
  );
  assert.equal(missingWords(accounts, [{ at: 0 }]), undefined);
});
