/** Keys: who may ask for what. A key is shown once, when it is made. */

import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ask, askRaw, may, me } from '../api.ts';
import { useResource } from '../resource.ts';
import { copy } from '../shell.tsx';
import { note, question } from '../talk.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field } from '../ui/field.tsx';
import { DO, Listed, Opens } from '../ui/list.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { Dash, Said, When } from '../ui/text.tsx';

interface Key {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scope: string;
  readonly createdMs: number;
  readonly expiresMs?: number;
  readonly lastUsedMs?: number;
}

type Then = () => Promise<void>;

export function KeysTab() {
  const keys = useResource<{ readonly keys: readonly Key[] }>('/v1/keys?limit=500');
  return (
    <>
      <Opens word="New key">{(close) => <Add then={keys.reload} onClose={close} />}</Opens>
      <Listed
        of={keys}
        rows={(data) => data.keys}
        label="Keys"
        columns={['Key', 'Of', 'Scope', 'Made', 'Used', 'Ends', DO]}
      >
        {(key) => <Row key={key.id} of={key} then={keys.reload} />}
      </Listed>
    </>
  );
}

function Row({ of: key, then }: { readonly of: Key; readonly then: Then }) {
  return (
    <tr>
      <td>
        <Said text={key.name} max={80} />
        {key.id === me.value?.keyId ? <span class="quiet"> (yours)</span> : null}
        <br />
        <code class="quiet small">{key.id}</code>
      </td>
      <td>{key.tenant === '' ? 'the server' : key.tenant}</td>
      <td>{key.scope}</td>
      <td>
        <When ms={key.createdMs} />
      </td>
      <td>{key.lastUsedMs === undefined ? <Dash /> : <When ms={key.lastUsedMs} />}</td>
      <td>{key.expiresMs === undefined ? 'never' : <When ms={key.expiresMs} />}</td>
      <td>
        <RowButton word="Revoke…" of={key.name} act={() => askToRevoke(key, then)} />
      </td>
    </tr>
  );
}

function askToRevoke({ id, name }: Key, then: Then): void {
  question.value = {
    title: `Revoke ${name}?`,
    text: 'Whoever uses it is refused from now on.',
    act: 'Revoke 1 key',
    bad: true,
    async run() {
      await askRaw(`/v1/keys/${id}`, { method: 'DELETE' });
      note(`${name} opens nothing any more.`);
      await then();
    },
  };
}

const DAYS: Readonly<Record<string, string>> = {
  '': 'never',
  30: '30 days',
  90: '90 days',
  365: 'a year',
};

function Add({ then, onClose }: { readonly then: Then; readonly onClose: () => void }) {
  const id = useId();
  const made = useSignal('');
  const send = async ({ name, scope, tenant = '', days = '' }: Texts) => {
    const json = {
      name,
      scope,
      ...(tenant === '' ? {} : { tenant }),
      ...(days === '' ? {} : { expiresInMs: Number(days) * 86_400_000 }),
    };
    made.value = (await ask<{ readonly key: string }>('/v1/keys', { method: 'POST', json })).key;
    return 'stay' as const;
  };
  if (made.value !== '') {
    return (
      <Dialog title="The new key" onClose={onClose}>
        <p>It is shown here and never again.</p>
        <p>
          <code>{made.value}</code>
        </p>
        <p class="buttons end">
          <button type="button" onClick={() => void copy(made.value)}>
            Copy
          </button>
          <button type="button" class="main" onClick={onClose}>
            I have it
          </button>
        </p>
      </Dialog>
    );
  }
  return (
    <DialogForm title="New key" act="Make it" send={send} then={then} onClose={onClose}>
      <Field id={`${id}n`} label="Name" help="Who or what uses it.">
        <input id={`${id}n`} name="name" required maxLength={100} />
      </Field>
      <Field
        id={`${id}s`}
        label="Scope"
        help="read looks; run also starts and steers jobs; admin also manages keys and accounts."
      >
        <select id={`${id}s`} name="scope">
          <option>read</option>
          <option selected>run</option>
          <option>admin</option>
        </select>
      </Field>
      {may('operator') ? (
        <Field id={`${id}t`} label="Tenant" help="Empty: a key of the server itself.">
          <input id={`${id}t`} name="tenant" pattern="[\w.\-]{1,64}" />
        </Field>
      ) : null}
      <Field id={`${id}d`} label="Ends after">
        <select id={`${id}d`} name="days">
          {Object.entries(DAYS).map(([days, word]) => (
            <option key={days} value={days}>
              {word}
            </option>
          ))}
        </select>
      </Field>
    </DialogForm>
  );
}
