import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ERROR_TABLE, type ErrorEntry } from './error-table.ts';

/** Nobody who asks by HTTP is answered with these: they end commands, or keep a process from it. */
const OF_COMMANDS =
  /^(settings|net|export)\.|^server\.(none|needed|unreachable)$|^store\.(served|unreadable|missing|files_stay)$/;
/** A command, or a flag of one. */
const BY_COMMAND = /`sluice |--[a-z]|(^|\s)-v\b/;
/** A route, a parameter of one, or a setting: what somebody can do who has no command line. */
const BY_HTTP = /\b(GET|POST|PUT|PATCH|DELETE) \/|\/docs\b|`[a-zA-Z]+=[^`]+`|the setting [a-zA-Z]+/;

describe('hints', () => {
  it('that name a command or a flag of one say as well what to do by HTTP', () => {
    const alone = Object.entries<ErrorEntry>(ERROR_TABLE)
      .filter(([code, { hint }]) => BY_COMMAND.test(hint) && !OF_COMMANDS.test(code))
      .filter(([, { hint }]) => !BY_HTTP.test(hint))
      .map(([code, { hint }]) => `${code}: ${hint}`);
    assert.deepEqual(alone, []);
  });
});
