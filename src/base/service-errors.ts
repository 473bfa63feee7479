/** The part of the error table that the service answers with. */
import { BROKEN, CONFLICT, type ErrorEntry, MISSING, USAGE } from './error-kinds.ts';

export const SERVICE_ERRORS = {
  'request.invalid': {
    ...USAGE,
    sentence: 'The request cannot be used: {detail}.',
    hint: 'GET /openapi.json says what each route takes; /docs shows it.',
  },
  'request.media_type': {
    status: 415,
    exit: 2,
    sentence: 'This kind of body is not taken: {detail}.',
    hint: 'Set Content-Type to one that the route takes: application/json, text/csv, multipart/form-data …',
  },
  'request.too_large': {
    status: 413,
    exit: 7,
    sentence: '{what} is larger than this server takes.',
    hint: 'Send less, or send rows as a file to POST /v1/uploads.',
  },
  'request.form': {
    ...USAGE,
    sentence: 'The form cannot be used: {detail}.',
    hint: 'Send the fields first and then one part `file` with a file name, as curl -F does in the order given.',
  },
  'request.slow': {
    status: 408,
    exit: 6,
    sentence: 'Nothing came for {limit}.',
    hint: 'Send the request again, over a connection that lasts.',
  },
  'request.uploads_full': {
    status: 503,
    exit: 6,
    sentence: 'The server takes {count} uploads at a time, and as many are under way.',
    hint: 'Try again in a moment.',
  },
  'request.headers_too_large': {
    status: 431,
    exit: 2,
    sentence: 'The headers are larger than this server takes.',
    hint: 'All of them together, with the address, may have 16 KiB.',
  },
  'request.too_slow': {
    status: 408,
    exit: 6,
    sentence: 'The request took too long to arrive.',
    hint: 'Its headers must be here within {seconds} s; send it again.',
  },
  'scrape.waiting': {
    status: 504,
    exit: 6,
    sentence: 'The website was not read within {limit}; job {id} goes on with it.',
    hint: 'Look at GET /csv/job/{id} or GET /v1/jobs/{id}, or ask again later: what is found is kept.',
  },
  'limit.not_settable': {
    status: 422,
    exit: 2,
    sentence: 'The limit "{lane}" cannot be set here.',
    hint: 'Hosts, accounts, endpoints and jobs can: host:example.com, job:j_1. Tenants: PATCH /v1/tenants/NAME.',
  },
  'limit.too_many': {
    status: 409,
    exit: 7,
    sentence: 'There are {most} limits that were set, and no more are taken.',
    hint: 'Give some back to be learned: DELETE /v1/lanes/{lane}/limit.',
  },
  'task.not_found': {
    ...MISSING,
    sentence: 'Job {id} has no row {seq}.',
    hint: 'Rows are numbered from 0; GET /v1/jobs/{id}/tasks lists them.',
  },
  'request.no_route': {
    ...MISSING,
    sentence: 'There is nothing at {method} {path}.',
    hint: 'GET /openapi.json lists what there is.',
  },
  'request.method': {
    status: 405,
    exit: 4,
    sentence: 'There is no {method} of {path}.',
    hint: 'It takes {methods}; GET /openapi.json lists what there is.',
  },
  'internal.failed': {
    ...BROKEN,
    sentence: 'The server could not do this.',
    hint: 'It has been logged under request {id}; nothing that was committed before is lost.',
  },
  'auth.missing': {
    status: 401,
    exit: 5,
    sentence: 'This needs a key.',
    hint: 'Send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`, and with a command as SLUICE_TOKEN; `sluice keys create` at the server makes one, and so does an admin by POST /v1/keys.',
  },
  'auth.invalid': {
    status: 401,
    exit: 5,
    sentence: 'The key is not valid.',
    hint: 'It is wrong, revoked or expired; `sluice keys create` at the server makes a new one, and so does an admin by POST /v1/keys.',
  },
  'auth.other_site': {
    status: 403,
    exit: 5,
    sentence: 'A signed-in browser may change things from the dashboard alone.',
    hint: 'Programs send `Authorization: Bearer KEY`; a page sends the header `Sluice-Page`.',
  },
  'auth.forbidden': {
    status: 403,
    exit: 5,
    sentence: 'The key may not do this: it needs {needed} and has {scope}.',
    hint: 'Ask {who} for a key with more.',
  },
  'dashboard.not_built': {
    ...BROKEN,
    sentence: 'The dashboard is not there.',
    hint: 'In a clone, `npm ci` brings what it is made with; the API works without it.',
  },
  'events.too_many': {
    status: 429,
    exit: 6,
    sentence: 'There are {max} streams of events open already.',
    hint: 'Close some, follow all jobs by one stream (GET /v1/events), or raise eventStreamsMax.',
  },
  'bench.not_found': {
    ...MISSING,
    sentence: 'There is no recorded benchmark {name}.',
    hint: 'GET /v1/benchmarks lists them.',
  },
  'collection.not_found': {
    ...MISSING,
    sentence: 'There is no collection {name}.',
    hint: '`sluice collections ls`, or GET /v1/collections, lists those that have entries.',
  },
  'failures.too_many_mutes': {
    ...CONFLICT,
    sentence: 'There are {max} muted groups of failures, which is all there may be.',
    hint: 'Unmute some: the page Failures lists them.',
  },
  'webhook.not_found': {
    ...MISSING,
    sentence: 'There is no webhook {id}.',
    hint: 'GET /v1/webhooks lists them.',
  },
  'webhook.url_invalid': {
    ...USAGE,
    sentence: 'The URL of the webhook cannot be used: {detail}.',
    hint: 'Take an https:// address that the server can reach; its owner opens private ones with allowHosts.',
  },
  'webhook.too_many': {
    ...CONFLICT,
    sentence: 'There are {max} webhooks already.',
    hint: 'Change or delete one of them; one webhook may be told of all jobs.',
  },
  'key.not_found': {
    ...MISSING,
    sentence: 'There is no key {id}.',
    hint: '`sluice keys ls`, or GET /v1/keys, lists them.',
  },
  'tenant.not_found': {
    ...MISSING,
    sentence: 'There is no tenant {name}.',
    hint: '`sluice tenants ls`, or GET /v1/tenants, lists them.',
  },
  'tenant.exists': {
    ...CONFLICT,
    sentence: 'There is a tenant {name} already.',
    hint: 'Change it with `sluice tenants set`, or PATCH /v1/tenants/{name}; or take another name.',
  },
  'secret.key_invalid': {
    ...USAGE,
    sentence: 'The key for secrets ({source}) cannot be used: {detail}.',
    hint: '`openssl rand -hex 32` makes one for SLUICE_SECRET_KEY; without it a file in the data directory is used.',
  },
  'secret.unreadable': {
    ...CONFLICT,
    sentence: 'A stored secret cannot be read.',
    hint: 'It was sealed under another key (SLUICE_SECRET_KEY, or secret.key of the data directory). Give that key, or enter the secret again.',
  },
  'secret.key_unshared': {
    ...CONFLICT,
    sentence: 'Secrets that several nodes use need a key that all of them know.',
    hint: 'Set SLUICE_SECRET_KEY to the same 32 bytes on each node; `openssl rand -hex 32` makes some.',
  },
  'server.none': {
    ...CONFLICT,
    sentence: 'The data directory {path} is in use by a run, not by a server.',
    hint: 'Wait for its end, or start `sluice serve` and give it the job.',
  },
  'server.needed': {
    ...CONFLICT,
    sentence: 'This needs a server, and none works in the data directory {path}.',
    hint: 'Start one with `sluice serve`, or name one with --server URL. `sluice run` needs none.',
  },
  'server.unreachable': {
    status: 502,
    exit: 6,
    sentence: 'The server {url} cannot be reached: {detail}.',
    hint: 'Is `sluice serve` running there, and is the address right?',
  },
  'server.refused': {
    status: 502,
    exit: 1,
    sentence: 'The server answered {status}: {detail}.',
    hint: 'Is it a Sluice server, and is the address right?',
  },
  'server.busy': {
    status: 503,
    exit: 6,
    sentence: 'The server has too much to do at this moment.',
    hint: 'Try again in a second.',
  },
  'server.draining': {
    status: 503,
    exit: 6,
    sentence: 'The server is shutting down and takes nothing new.',
    hint: 'Try again in a moment: jobs go on by themselves when it is back.',
  },
  'tenant.disabled': {
    status: 403,
    exit: 5,
    sentence: 'The tenant {name} is disabled.',
    hint: 'The owner of the server can enable it again.',
  },
} as const satisfies Record<string, ErrorEntry>;
