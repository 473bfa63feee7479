import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SluiceError } from '../base/errors.ts';
import { type Access, checkAccess, type Principal, type Scope } from './principal.ts';

const OWNER = 'Ask the owner of the server for a key with more.';
const TENANT = 'Ask an admin of your tenant or the owner of the server for a key with more.';

function refusal(principal: Principal, access: Access): readonly string[] {
  try {
    checkAccess(principal, access);
    return [];
  } catch (error) {
    assert.ok(error instanceof SluiceError);
    return [error.code, error.message, error.hint];
  }
}

it('a key that falls short is told who gives one with more', () => {
  const ofServer = (scope: Scope): Principal => {
    return { keyId: 'k', tenant: undefined, scope, operator: true };
  };
  const ofAcme = (scope: Scope): Principal => {
    return { keyId: 'k', tenant: 'acme', scope, operator: false };
  };
  const short = (needed: string, has: string) =>
    `The key may not do this: it needs ${needed} and has ${has}.`;
  const cases: readonly [Principal, Access, ...string[]][] = [
    [ofAcme('read'), 'run', short('run', 'read'), TENANT],
    [ofAcme('admin'), 'operator', short('admin of the server', 'admin of tenant acme'), OWNER],
    [ofServer('read'), 'run', short('run', 'read'), OWNER],
    // Also where it looks at one tenant alone.
    [{ ...ofServer('read'), tenant: 'acme' }, 'admin', short('admin', 'read'), OWNER],
    [ofServer('run'), 'operator', short('admin of the server', 'run'), OWNER],
  ];
  for (const [principal, access, ...told] of cases) {
    assert.deepEqual(refusal(principal, access), ['auth.forbidden', ...told]);
  }
  assert.deepEqual(refusal(ofAcme('admin'), 'run'), []);
  assert.deepEqual(refusal(ofServer('admin'), 'operator'), []);
});
