/** Tenants: who shares the server, and what each may use. */

import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ask } from '../api.ts';
import { useResource } from '../resource.ts';
import { note } from '../talk.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field, textsOf } from '../ui/field.tsx';
import { Loaded, Trouble } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
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

type Then = () => Promise<void>;
const none = (value: number, words: (value: number) => string = count) =>
  value === 0 ? 'no limit' : words(value);

export function TenantsTab() {
  const tenants = useResource<{ readonly tenants: readonly Tenant[] }>('/v1/tenants');
  const edited = useSignal<Tenant | 'new' | undefined>(undefined);
  return (
    <>
      <p class="buttons">
        <button
          type="button"
          class="main"
          onClick={() => {
            edited.value = 'new';
          }}
        >
          New tenant
        </button>
      </p>
      <Loaded of={tenants} lines={6}>
        {(shown) => (
          <Scroll label="Tenants">
            <table>
              <thead>
                <tr>
                  <th scope="col">Tenant</th>
                  <th scope="col">State</th>
                  <th scope="col" class="number">
                    Weight
                  </th>
                  <th scope="col" class="number">
                    Attempts at once
                  </th>
                  <th scope="col" class="number">
                    Rows a day
                  </th>
                  <th scope="col" class="number">
                    Upload
                  </th>
                  <th scope="col">Made</th>
                  <th scope="col">
                    <span class="unseen">Do</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.tenants.map((tenant) => (
                  <tr key={tenant.name}>
                    <td>{tenant.name}</td>
                    <td>
                      <State
                        state={tenant.disabled ? 'cancelled' : 'open'}
                        word={tenant.disabled ? 'disabled' : 'active'}
                      />
                    </td>
                    <td class="number">{tenant.weight}</td>
                    <td class="number">{none(tenant.concurrency)}</td>
                    <td class="number">{none(tenant.rowsPerDay)}</td>
                    <td class="number">{none(tenant.uploadBytesMax, bytes)}</td>
                    <td>
                      <When ms={tenant.createdMs} />
                    </td>
                    <td>
                      <button
                        type="button"
                        aria-label={`Change: ${tenant.name}`}
                        onClick={() => {
                          edited.value = tenant;
                        }}
                      >
                        Change
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Loaded>
      {edited.value === undefined ? null : (
        <Edit
          tenant={edited.value === 'new' ? undefined : edited.value}
          then={tenants.reload}
          onClose={() => {
            edited.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface EditProps {
  readonly tenant: Tenant | undefined;
  readonly then: Then;
  readonly onClose: () => void;
}

function Edit({ tenant, then, onClose }: EditProps) {
  const id = useId();
  const error = useSignal<unknown>(undefined);
  const submit = async (event: SubmitEvent) => {
    const { name = '', disabled, ...limits } = textsOf(event);
    const numbers = Object.fromEntries(
      Object.entries(limits).map(([field, text]) => [field, Number(text)]),
    );
    try {
      if (tenant === undefined) {
        await ask('/v1/tenants', { method: 'POST', json: { name, ...numbers } });
        note(`Made: ${name}.`);
      } else {
        const json = { ...numbers, disabled: disabled === 'on' };
        await ask(`/v1/tenants/${tenant.name}`, { method: 'PATCH', json });
        note(`Changed: ${tenant.name}. It holds from now on, also for jobs that run.`);
      }
      onClose();
      await then();
    } catch (thrown) {
      error.value = thrown;
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
    <Dialog title={tenant === undefined ? 'New tenant' : `Change ${tenant.name}`} onClose={onClose}>
      <form onSubmit={submit}>
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
              <input type="checkbox" name="disabled" defaultChecked={tenant.disabled} /> Disabled:
              its keys open nothing
            </label>
          </p>
        )}
        <Trouble error={error.value} />
        <p class="buttons end">
          <button type="submit" class="main">
            {tenant === undefined ? 'Make it' : 'Change it'}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
