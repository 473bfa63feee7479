/** Accounts at services: which can be used, which rest until when, and why. */

import { useId } from 'preact/hooks';
import { ask, askRaw, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { note, noteError, question } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field, NotAllowed } from '../ui/field.tsx';
import { DO, Listed, numbers, Opens } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { clockTime, count, plural, relative } from '../words.ts';

const AGAIN_MS = 3_000;

interface Quota {
  readonly limit?: number;
  readonly remaining: number;
  readonly resetMs: number;
}

interface Account {
  readonly id: string;
  readonly tenant: string;
  readonly service: string;
  readonly name: string;
  readonly state: 'ready' | 'leased' | 'resting' | 'quarantined' | 'retired';
  readonly reason?: string;
  readonly restUntilMs?: number;
  readonly quotas: Readonly<Record<string, Quota>>;
  readonly usedMs?: number;
  readonly calls: number;
  readonly failures: number;
  readonly usedBy?: { readonly jobId: string; readonly seq: number; readonly stuck: boolean };
}

interface Listing {
  readonly accounts: readonly Account[];
}

const COLUMNS = [
  ...['Account', 'State', 'Until, and why', 'Left of its quotas'],
  ...[numbers('Calls'), numbers('Failed'), 'Used', DO],
];
const nothing = () => {};

export function AccountsPage() {
  const allowed = may('admin');
  const path = allowed ? '/v1/accounts' : undefined;
  const accounts = useResource<Listing>(path, AGAIN_MS);
  useLive('/v1/events', nothing);
  return (
    <>
      <Title text={headlineOf(allowed ? accounts.data?.accounts : [])} page="Accounts" />
      {allowed ? (
        <>
          <Opens word="Add an account">
            {(close) => <Add then={accounts.reload} onClose={close} />}
          </Opens>
          <Listed
            of={accounts}
            rows={(data) => data.accounts}
            none={<None />}
            label="Accounts"
            columns={COLUMNS}
          >
            {(account) => <Row key={account.id} account={account} then={accounts.reload} />}
          </Listed>
        </>
      ) : (
        <NotAllowed needs="scope admin" />
      )}
    </>
  );
}

function headlineOf(accounts: readonly Account[] | undefined): string {
  if (accounts === undefined) return 'Looking…';
  if (accounts.length === 0) return 'Accounts';
  const of = (...states: Account['state'][]) =>
    accounts.filter(({ state }) => states.includes(state)).length;
  const words = [`${plural(of('ready', 'leased'), 'account')} can be used`];
  if (of('resting') > 0) words.push(`${of('resting')} resting`);
  if (of('quarantined') > 0) words.push(`${of('quarantined')} set aside, which needs you`);
  return `${words.join(', ')}.`;
}

function None() {
  return (
    <Empty>
      <p>
        There is no account. Collectors that work through accounts of a service take turns with
        those that are here.
      </p>
      <p>
        <code>sluice accounts add SERVICE NAME --server {location.origin}</code>
      </p>
    </Empty>
  );
}

const WORDS: Partial<Record<Account['state'], string>> = {
  leased: 'in use',
  quarantined: 'set aside',
};

function Row({ account, then }: { readonly account: Account; readonly then: () => Promise<void> }) {
  const { id, service, name, tenant, state, reason, restUntilMs, quotas, usedBy } = account;
  const word = WORDS[state];
  const now = nowMs.value;
  return (
    <tr>
      <td>
        <b>{service}</b> <Said text={name} max={60} />
        <br />
        <span class="quiet small">{tenant}</span>
      </td>
      <td>
        <State state={state} {...(word === undefined ? {} : { word })} />
        {usedBy === undefined ? null : (
          <p class="small">
            <a href={`/jobs/${usedBy.jobId}?task=${usedBy.seq}`}>row {count(usedBy.seq)}</a>
            {usedBy.stuck ? ', silent for long' : ''}
          </p>
        )}
      </td>
      <td>
        {restUntilMs === undefined
          ? ''
          : `${clockTime(restUntilMs, now)} (${relative(restUntilMs, now)}) `}
        {reason === undefined ? '' : <Said text={reason} max={160} />}
      </td>
      <td>
        {Object.entries(quotas).map(([endpoint, { limit, remaining, resetMs }]) => (
          <p key={endpoint} class="small">
            {endpoint}: {count(remaining)}
            {limit === undefined ? '' : ` of ${count(limit)}`}, anew <When ms={resetMs} />
          </p>
        ))}
      </td>
      <td class="number">{count(account.calls)}</td>
      <td class="number">{count(account.failures)}</td>
      <td>{account.usedMs === undefined ? <Dash /> : <When ms={account.usedMs} />}</td>
      <td>
        <p class="buttons">
          <RowButton word="Test" of={name} act={() => void test(id, name, then)} />
          {state === 'ready' || state === 'leased' ? (
            <RowButton
              word="Rest"
              of={name}
              act={() => void change(id, 'rest', {}, `${name} rests.`, then)}
            />
          ) : (
            <RowButton
              word="Use again"
              of={name}
              act={() => void change(id, 'ready', undefined, `${name} is used again.`, then)}
            />
          )}
          {state === 'retired' ? null : (
            <RowButton word="Retire…" of={name} act={() => askToRetire(account, then)} />
          )}
        </p>
      </td>
    </tr>
  );
}

type Then = () => Promise<void>;

async function change(
  id: string,
  action: string,
  json: unknown,
  done: string,
  then: Then,
): Promise<void> {
  try {
    await ask(`/v1/accounts/${id}/${action}`, {
      method: 'POST',
      ...(json === undefined ? {} : { json }),
    });
    note(done);
    await then();
  } catch (error) {
    noteError(error);
  }
}

async function test(id: string, name: string, then: Then): Promise<void> {
  note(`Asking the service about ${name}…`);
  try {
    const path = `/v1/accounts/${id}/test`;
    const { ok, detail } = await ask<{ ok: boolean; detail: string }>(path, { method: 'POST' });
    note(`${name}: ${ok ? 'let in' : 'not let in'}. ${detail}`, !ok);
    await then();
  } catch (error) {
    noteError(error);
  }
}

function askToRetire({ id, name, service }: Account, then: Then): void {
  question.value = {
    title: `Retire ${name}?`,
    text: `It is used no more at ${service}; it stays in the list and can be used again.`,
    act: 'Retire 1 account',
    bad: true,
    async run() {
      await ask(`/v1/accounts/${id}/retire`, { method: 'POST', json: {} });
      note(`${name} is retired.`);
      await then();
    },
  };
}

interface AddProps {
  readonly then: Then;
  readonly onClose: () => void;
}

function Add({ then, onClose }: AddProps) {
  const id = useId();
  const send = async ({ service, name, secret, replace }: Texts) => {
    const json = { service, name, secret, replace: replace === 'on' };
    await askRaw('/v1/accounts', { method: 'POST', json });
    note(`Added: ${name}.`);
  };
  return (
    <DialogForm title="Add an account" act="Add" send={send} then={then} onClose={onClose}>
      <Field id={`${id}s`} label="Service" help="As its collector calls it, such as x.">
        <input id={`${id}s`} name="service" required pattern="[a-z0-9\-]{1,32}" />
      </Field>
      <Field id={`${id}n`} label="Name" help="To tell it from the others.">
        <input id={`${id}n`} name="name" required maxLength={200} />
      </Field>
      <Field
        id={`${id}k`}
        label="Secret"
        help="What the service takes: a token, or JSON. It is kept encrypted and never shown again."
      >
        <textarea id={`${id}k`} name="secret" rows={4} required autocomplete="off" />
      </Field>
      <p>
        <label>
          <input type="checkbox" name="replace" /> In place of the secret of one that is here
        </label>
      </p>
    </DialogForm>
  );
}
