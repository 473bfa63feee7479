/** `sluice campaigns import`: logins become accounts, and the list goes on without them. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SluiceError } from '../../base/errors.ts';
import { VICIDIAL } from '../../collectors/campaigns/vicidial-service.ts';
import { type CampaignLogin, readCredentials, storeLogins } from '../../engine/credential-list.ts';
import { type CredentialSource, credentialSource } from '../../engine/credential-source.ts';
import { EXIT } from '../exit.ts';
import { openWorker } from '../open-here.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import type { Remote } from '../remote.ts';

/** Accounts a request. */
const BATCH = 100;

export async function importCredentials(
  invocation: Invocation,
  args: readonly (string | undefined)[],
  own: OwnFlags,
): Promise<number> {
  const { io, flags } = invocation;
  const list = await readCredentials(await sourceOf(invocation, whereOf(args, own)));
  await keepLogins(invocation, list.logins);
  const output = own.output === undefined ? undefined : resolve(io.cwd, String(own.output));
  if (output !== undefined) await writeFile(output, list.csv, { mode: 0o600 });
  if (flags.json) {
    const { clients, campaigns, logins } = list;
    const facts = { type: 'campaigns-import', clients, campaigns, logins: logins.length };
    io.stdout.write(`${JSON.stringify(facts)}\n`);
  } else {
    if (output === undefined) io.stdout.write(list.csv);
    const logins = list.logins.length;
    const words = logins === 1 ? '1 login is an account' : `${logins} logins are accounts`;
    if (!flags.quiet) io.stderr.write(`${words} of vicidial.\n`);
  }
  return EXIT.ok;
}

function whereOf([path]: readonly (string | undefined)[], { from }: OwnFlags): string {
  if ((path === undefined) === (from === undefined)) {
    const detail = 'name one list: a file, or --from with the address of a table';
    throw new SluiceError('usage.invalid', { detail });
  }
  return path ?? String(from);
}

export async function sourceOf(invocation: Invocation, where: string): Promise<CredentialSource> {
  const { clock, random } = await invocation.workbench();
  const { settings } = invocation.resolved;
  return credentialSource(where, { cwd: invocation.io.cwd, settings, clock, random });
}

async function keepLogins(invocation: Invocation, logins: readonly CampaignLogin[]): Promise<void> {
  const worker = await openWorker(invocation);
  if ('remote' in worker) return sendLogins(worker.remote, logins);
  const { session } = worker;
  try {
    await storeLogins(session.accounts, invocation.resolved.settings.tenant, logins);
  } finally {
    await session.close();
  }
}

/** Rejects where the server does not take one of them. */
export async function sendLogins(remote: Remote, logins: readonly CampaignLogin[]): Promise<void> {
  for (let at = 0; at < logins.length; at += BATCH) {
    const accounts = logins
      .slice(at, at + BATCH)
      .map(({ name, secret }) => ({ service: VICIDIAL, name, secret }));
    const { refused } = await remote.ask<{ readonly refused: readonly { readonly why: string }[] }>(
      {
        method: 'POST',
        path: '/v1/accounts/import',
        body: { accounts, replace: true },
      },
    );
    const [first] = refused;
    if (first) throw new SluiceError('usage.invalid', { detail: first.why });
  }
}
