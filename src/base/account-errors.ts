/** The part of the error table that is about accounts at services. */
import { CONFLICT, type ErrorEntry, MISSING, ROW, USAGE } from './error-kinds.ts';

export const ACCOUNT_ERRORS = {
  'account.all_resting': {
    ...ROW,
    sentence: 'All {count} accounts of {service} rest; the first is back at {time}.',
    hint: 'It goes on by itself. `sluice accounts ls`, or GET /v1/accounts, tells why they rest; another account helps at once.',
  },
  'account.none': {
    ...ROW,
    sentence: 'Tenant {tenant} has no account of {service} to work with: {detail}.',
    hint: 'Add one with `sluice accounts add {service} NAME`, or POST /v1/accounts. `sluice accounts ls` tells why others are set aside, `sluice accounts test NAME` has one of them used again once the service lets it in. It goes on by itself then.',
  },
  'account.unknown': {
    ...ROW,
    sentence: 'Tenant {tenant} has no account {name} of {service}.',
    hint: '`sluice accounts ls`, or GET /v1/accounts, lists those that there are; add it, then retry the row.',
  },
  'account.rests': {
    ...ROW,
    sentence: 'The account {name} of {service} rests until {time}: {reason}',
    hint: 'It goes on by itself then.',
  },
  'account.set_aside': {
    ...ROW,
    sentence: 'The account {name} of {service} is {state}: {reason}',
    hint: 'Enter its secret anew (`sluice accounts add {service} NAME --replace`, or POST /v1/accounts with `replace`), then retry the row.',
  },
  'account.key_wrong': {
    ...CONFLICT,
    sentence: 'The secret of the account {name} of {service} was sealed under another key.',
    hint: 'Run with the key that it was added with: SLUICE_SECRET_KEY (secretKey), or the file secret.key of the data directory. Where that is lost, enter the secret anew: `sluice accounts add {service} NAME --replace`, or POST /v1/accounts with `replace`. Then resume the job.',
  },
  'account.lease_over': {
    ...ROW,
    sentence:
      'The account {name} of {service} is not held any more: nothing was sent with it for {limit}.',
    hint: 'The row is tried again. Where one piece of work takes longer, raise accountTimeoutMs.',
  },
  'account.not_found': {
    ...MISSING,
    sentence: 'There is no account {id}.',
    hint: '`sluice accounts ls`, or GET /v1/accounts, lists them.',
  },
  'account.exists': {
    ...CONFLICT,
    sentence: 'There is an account {name} of {service} already.',
    hint: 'Enter its secret anew with --replace (POST /v1/accounts: `replace`), or take another name.',
  },
  'account.too_many': {
    ...CONFLICT,
    sentence: 'A tenant may have {max} accounts.',
    hint: '`sluice accounts rm`, or DELETE /v1/accounts/ID, removes those that are not needed any more.',
  },
  'account.in_use': {
    ...CONFLICT,
    sentence: 'The account {name} is in use by row {seq} of job {job}.',
    hint: 'Try again when it is given back; `sluice accounts ls`, or GET /v1/accounts, tells.',
  },
  'account.untested': {
    status: 502,
    exit: 6,
    sentence: 'Whether {service} lets the account {name} in cannot be told: {detail}.',
    hint: '{advice} Nothing was changed; try again.',
  },
  'account.service_unknown': {
    ...USAGE,
    sentence: 'There is no service {service}.',
    hint: '{suggestion}',
  },
  'account.secret_missing': {
    ...USAGE,
    sentence: 'The account {name} of {service} has no {parts}.',
    hint: '{suggestion}',
  },
  'account.secret_invalid': {
    ...USAGE,
    sentence: 'The secret of {name} cannot be used: {detail}.',
    hint: '{suggestion}',
  },
  'account.import_invalid': {
    ...USAGE,
    sentence: 'The accounts cannot be read: {detail}.',
    hint: 'One a line: JSON objects or CSV with the columns service, name, and secret or a column for each part of it.',
  },
} as const satisfies Record<string, ErrorEntry>;
