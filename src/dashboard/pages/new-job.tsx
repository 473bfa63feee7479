/** A new job: what to collect, how, of which rows; nothing starts before the button. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { ask, may, Problem } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { go, query, setQuery } from '../router.ts';
import { note, noteError } from '../talk.ts';
import { clock } from '../ticking.ts';
import { DeliverTo, type Destinations } from '../ui/deliver-to.tsx';
import { Field, NotAllowed } from '../ui/field.tsx';
import { Loaded, Trouble } from '../ui/notice.tsx';
import { optionsOf, SchemaFields } from '../ui/schema-form.tsx';
import { Said } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import type { Collector, Job } from '../wire.ts';
import { count, plural } from '../words.ts';
import { type Chosen, InputPicker, isOfInput } from './input-picker.tsx';
import { type Sending, sendFile } from './send-file.ts';

const nothing = () => {};

export function NewJobPage() {
  useLive('/v1/events', nothing);
  const collectors = useResource<{ readonly collectors: readonly Collector[] }>('/v1/collectors');
  if (!may('run')) {
    return (
      <>
        <Title text="New job" page="New job" />
        <NotAllowed needs="scope run" />
      </>
    );
  }
  return (
    <>
      <Title text="New job" page="New job" />
      <Loaded of={collectors} lines={8}>
        {(shown) => <Choice collectors={shown.collectors} />}
      </Loaded>
    </>
  );
}

function Choice({ collectors }: { readonly collectors: readonly Collector[] }) {
  const [only] = collectors.length === 1 ? collectors : [];
  const chosen = collectors.find(({ name }) => name === query.value.collector) ?? only;
  return (
    <>
      <section>
        <h2>What to collect</h2>
        <div class="choices">
          {collectors.map(({ name, summary }) => (
            <button
              key={name}
              type="button"
              class="choice"
              data-row={name}
              aria-pressed={chosen?.name === name}
              onClick={() => setQuery({ collector: name }, true)}
            >
              <b>{name}</b>
              <span class="quiet">
                <Said text={summary ?? ''} max={200} />
              </span>
            </button>
          ))}
        </div>
      </section>
      {chosen === undefined ? null : <Order key={chosen.name} collector={chosen} />}
    </>
  );
}

interface Moving {
  readonly share: number;
  readonly stop: () => void;
  readonly jobId?: string;
}

function Order({ collector }: { readonly collector: Collector }) {
  const id = useId();
  const chosen = useSignal<Chosen | undefined>(undefined);
  const column = useSignal('');
  const error = useSignal<unknown>(undefined);
  const moving = useSignal<Moving | undefined>(undefined);
  const places = useResource<Destinations>('/v1/destinations');
  const deliver = useSignal<readonly string[]>([]);
  const names = places.data?.destinations ?? [];
  const needs = collector.needsInput;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    error.value = undefined;
    try {
      const options = optionsOf(collector.options, form);
      const more = moreOf(form);
      const { value } = chosen;
      if (value === undefined) {
        const to = deliver.value.length === 0 ? {} : { deliver: deliver.value };
        const json = { collector: collector.name, options, ...numbersOf(more), ...to };
        const answer = await ask<{ readonly job: Job }>('/v1/jobs', { method: 'POST', json });
        go(`/jobs/${answer.job.id}`);
        return;
      }
      const sending = sendFile(
        value.blob,
        {
          collector: collector.name,
          name: value.name,
          options: JSON.stringify(options),
          ...(column.value === '' ? {} : { column: column.value }),
          ...more,
        },
        (share) => {
          moving.value = { ...moving.value, share, stop: sending.stop };
        },
      );
      moving.value = { share: 0, stop: sending.stop };
      void findJob(sending, (jobId) => {
        if (moving.value !== undefined) moving.value = { ...moving.value, jobId };
      });
      const { job, warnings } = await sending.sent;
      await deliverTo(job.id, deliver.value);
      for (const { message } of warnings) note(message);
      go(`/jobs/${job.id}`);
    } catch (thrown) {
      error.value =
        thrown instanceof SyntaxError
          ? new Problem(0, '', thrown.message, 'Put it right.')
          : thrown;
    } finally {
      moving.value = undefined;
    }
  };
  const rows = chosen.value?.rows;
  return (
    <form onSubmit={submit}>
      {needs || collector.input !== undefined || collector.columnFor !== undefined ? (
        <section>
          <h2>Of which rows</h2>
          <InputPicker collector={collector} chosen={chosen} column={column} error={error} />
        </section>
      ) : null}
      {collector.options === undefined ? null : (
        <section>
          <h2>How</h2>
          <SchemaFields schema={collector.options} id={id} />
        </section>
      )}
      <details>
        <summary>More</summary>
        <Field id={`${id}c`} label="Attempts at once" help="0: as the settings say.">
          <input id={`${id}c`} name="more.concurrency" type="number" min={0} max={10_000} />
        </Field>
        <Field id={`${id}r`} label="Retries" help="After the first attempt of a row.">
          <input id={`${id}r`} name="more.retries" type="number" min={0} max={100} />
        </Field>
        <Field id={`${id}w`} label="Weight" help="Its share among the jobs of its tenant.">
          <input id={`${id}w`} name="more.weight" type="number" min={0.01} step="any" />
        </Field>
        {names.length === 0 ? null : <DeliverTo names={names} chosen={deliver} />}
      </details>
      <Trouble error={isOfInput(error.value) ? undefined : error.value} />
      {moving.value === undefined ? (
        <p class="buttons">
          <button type="submit" class="main" disabled={needs && chosen.value === undefined}>
            {rows === undefined ? 'Start' : `Start ${plural(rows, 'row')}`}
          </button>
          {needs && chosen.value === undefined ? (
            <span class="quiet">It needs rows first.</span>
          ) : null}
        </p>
      ) : (
        <Progress moving={moving.value} />
      )}
    </form>
  );
}

function Progress({ moving }: { readonly moving: Moving }) {
  const { share, stop, jobId } = moving;
  const percent = Math.floor(share * 100);
  return (
    <div class="buttons" role="status">
      <progress max={100} value={percent} aria-label="Sent" />
      <span>{share >= 1 ? 'Sent; the server reads the rest…' : `${count(percent)} % sent`}</span>
      {jobId === undefined ? null : <a href={`/jobs/${jobId}`}>The first rows run already</a>}
      <button type="button" onClick={stop}>
        Stop
      </button>
    </div>
  );
}

/** The job is there already: what goes wrong here is said, and can be asked for on its page. */
async function deliverTo(jobId: string, to: readonly string[]): Promise<void> {
  if (to.length === 0) return;
  try {
    await ask(`/v1/jobs/${jobId}/deliveries`, { method: 'POST', json: { to } });
  } catch (error) {
    noteError(error);
  }
}

/** The job is there as soon as the beginning of the file is. */
async function findJob({ key, sent }: Sending, found: (jobId: string) => void): Promise<void> {
  let over = false;
  const end = () => {
    over = true;
  };
  sent.then(end, end);
  while (!over) {
    await new Promise<void>((resolve) => clock.after(1_000, resolve));
    if (over) return;
    const path = `/v1/jobs?idempotencyKey=${key}`;
    const answer = await ask<{ readonly jobs: readonly Job[] }>(path).catch(() => undefined);
    const [job] = answer?.jobs ?? [];
    if (job !== undefined) {
      found(job.id);
      return;
    }
  }
}

function moreOf(form: FormData): Record<string, string> {
  const names = ['concurrency', 'retries', 'weight'];
  const given = names.map((name) => [name, String(form.get(`more.${name}`) ?? '')] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

function numbersOf(more: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(Object.entries(more).map(([name, value]) => [name, Number(value)]));
}
