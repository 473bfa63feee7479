/** Tenants: who shares the server, and what each may use. */

import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ask } from '../api.ts';
import { useResource } from '../resource.ts';
import { note } from '../talk.ts';
import { DialogForm, type Texts } from '../ui/dialog-form.tsx';
import { Field } from '../ui/field.tsx';
import { DO, Listed, numbers, Opens } from '../ui/list.tsx';
import { RowButton } from '../ui/row-button.tsx';
import { State } from '../ui/state.tsx';
import { When } from '../ui/text.tsx';
import { bytes, count } from '../words.ts';

interface Tenant {
  readonly name: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly rowsPerDay: number;
  readonly uploadBytesMax: number;
  readonly disabled: boolean;
  readonly createdMs: number;
}

const COLUMNS = [
  ...['Tenant', 'State', numbers('Weight'), numbers('Attempts at once')],
  ...[numbers('Rows a day'), numbers('Upload'), 'Made', DO],
];

type Then = () => Promise<void>;
const none = (value: number, words: (value: number) => string = count) =>
  value === 0 ? 'no limit' : words(value);

export function TenantsTab() {
  const tenants = useResource<{ readonly tenants: readonly Tenant[] }>('/v1/tenants');
  return (
    <>
      <Opens word="New tenant">
        {(close) => <Edit tenant={undefined} then={tenants.reload} onClose={close} />}
      </Opens>
      <Listed of={tenants} rows={(data) => data.tenants} label="Tenants" columns={COLUMNS}>
        {(tenant) => <Row key={tenant.name} tenant={tenant} then={tenants.reload} />}
      </Listed>
    </>
  );
}

function Row({ tenant, then }: { readonly tenant: Tenant; readonly then: Then }) {
  const { name, disabled, weight, concurrency, rowsPerDay, uploadBytesMax, createdMs } = tenant;
  const edited = useSignal(false);
  const edit = (on: boolean) => () => {
    edited.value = on;
  };
  return (
    <tr>
      <td>{name}</td>
      <td>
        <State state={disabled ? 'cancelled' : 'open'} word={disabled ? 'disabled' : 'active'} />
      </td>
      <td class="number">{weight}</td>
      <td class="number">{none(concurrency)}</td>
      <td class="number">{none(rowsPerDay)}</td>
      <td class="number">{none(uploadBytesMax, bytes)}</td>
      <td>
        <When ms={createdMs} />
      </td>
      <td>
        <RowButton word="Change" of={name} act={edit(true)} />
        {edited.value ? <Edit tenant={tenant} then={then} onClose={edit(false)} /> : null}
      </td>
    </tr>
  );
}

interface EditProps {
  readonly tenant: Tenant | undefined;
  readonly then: Then;
  readonly onClose: () => void;
}

function Edit({ tenant, then, onClose }: EditProps) {
  const id = useId();
  const send = async ({ name = '', disabled, ...limits }: Texts) => {
    const numbers = Object.fromEntries(
      Object.entries(limits).map(([field, text]) => [field, Number(text)]),
    );
    if (tenant === undefined) {
      await ask('/v1/tenants', { method: 'POST', json: { name, ...numbers } });
      note(`Made: ${name}.`);
    } else {
      const json = { ...numbers, disabled: disabled === 'on' };
      await ask(`/v1/tenants/${tenant.name}`, { method: 'PATCH', json });
      note(`Changed: ${tenant.name}. It holds from now on, also for jobs that run.`);
    }
  };
  const number = (name: keyof Tenant, label: string, help: string, step = 1) => (
    <Field id={`${id}${name}`} label={label} help={help}>
      <input
        id={`${id}${name}`}
        name={name}
        type="number"
        min={name === 'weight' ? 0.01 : 0}
        step={step}
        required
        defaultValue={String(tenant?.[name] ?? (name === 'weight' ? 1 : 0))}
      />
    </Field>
  );
  return (
    <DialogForm
      title={tenant === undefined ? 'New tenant' : `Change ${tenant.name}`}
      act={tenant === undefined ? 'Make it' : 'Change it'}
      send={send}
      then={then}
      onClose={onClose}
    >
      {tenant === undefined ? (
        <Field id={`${id}n`} label="Name" help="1 to 64 letters, digits, dots or dashes.">
          <input id={`${id}n`} name="name" required pattern="[\w.\-]{1,64}" />
        </Field>
      ) : null}
      {number('weight', 'Weight', 'Its share of the slots while others want them too.', 0.01)}
      {number('concurrency', 'Attempts at once', '0: no limit of its own.')}
      {number(
        'rowsPerDay',
        'Rows a day (UTC)',
        'What is beyond waits for the next day. 0: no limit.',
      )}
      {number('uploadBytesMax', 'Bytes of an upload', '0: as the settings say.')}
      {tenant === undefined ? null : (
        <p>
          <label>
            <input type="checkbox" name="disabled" defaultChecked={tenant.disabled} /> Disabled: its
            keys open nothing
          </label>
        </p>
      )}
    </DialogForm>
  );
}
