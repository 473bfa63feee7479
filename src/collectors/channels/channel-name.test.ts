import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isRefusal, readChannelName } from './channel-name.ts';

describe('names of channels', () => {
  it('are found in whatever way they are written', () => {
    const cells = [
      'durov',
      '@durov',
      ' "durov" ',
      't.me/durov',
      'https://t.me/durov',
      'http://www.t.me/s/Durov/12?before=3',
      'https://telegram.me/durov/77?single',
      'telegram.dog/durov#x',
      'durov.t.me',
      'https://DUROV.t.me/5',
      'tg://resolve?domain=durov&post=4',
    ];
    for (const cell of cells) {
      const target = readChannelName(cell);
      assert.ok(!isRefusal(target), cell);
      assert.equal(target.key, 'durov', cell);
      assert.equal(target.name.toLowerCase(), 'durov', cell);
      assert.equal(target.invite, undefined);
    }
  });

  it('keep the code of an invitation as it is', () => {
    for (const cell of [
      't.me/+AbCdEf_123-xyz',
      'https://t.me/joinchat/AbCdEf_123-xyz',
      'tg://join?invite=AbCdEf_123-xyz',
      '+AbCdEf_123-xyz',
    ]) {
      const target = readChannelName(cell);
      assert.deepEqual(target, {
        name: '+AbCdEf_123-xyz',
        key: '+AbCdEf_123-xyz',
        invite: 'AbCdEf_123-xyz',
      });
    }
  });

  it('are refused with the reason', () => {
    const refused: readonly (readonly [string, string])[] = [
      ['', 'channels.name_empty'],
      ['  ', 'channels.name_empty'],
      ['a b', 'channels.name_invalid'],
      ['1abc', 'channels.name_invalid'],
      ['ab', 'channels.name_invalid'],
      ['name_', 'channels.name_invalid'],
      ['+49 30 1234567', 'channels.name_invalid'],
      ['+49301234567', 'channels.name_invalid'],
      ['https://example.com/durov', 'channels.name_invalid'],
      ['https://t.me/addstickers/Cats', 'channels.name_invalid'],
      ['https://t.me/', 'channels.name_invalid'],
      ['t.me/s/', 'channels.name_invalid'],
      ['javascript:alert(1)', 'channels.name_invalid'],
      ['../../etc/passwd', 'channels.name_invalid'],
      ['name@example.com', 'channels.name_invalid'],
      ['https://t.me/c/1234567/8', 'channels.by_number'],
      ['x'.repeat(600), 'channels.name_invalid'],
      [`https://t.me/${'x'.repeat(40)}`, 'channels.name_invalid'],
    ];
    for (const [cell, code] of refused) {
      const target = readChannelName(cell);
      assert.ok(isRefusal(target), cell);
      assert.equal(target.code, code, cell);
      assert.equal(target.class, 'invalid');
      assert.ok(target.message.length < 200);
    }
  });
});
