/** Where the records of a job go, how far that is, and one more place. */
import { useSignal } from '@preact/signals';
import { ask, may, Problem } from '../api.ts';
import { useResource } from '../resource.ts';
import { note, noteError } from '../talk.ts';
import { nowMs } from '../ticking.ts';
import { DeliverTo, type Destinations } from '../ui/deliver-to.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { State } from '../ui/state.tsx';
import { Said } from '../ui/text.tsx';
import type { Job } from '../wire.ts';
import { clockTime, count } from '../words.ts';

const AGAIN_MS = 5_000;

interface Delivery {
  readonly id: string;
  readonly place: string;
  readonly state: string;
  readonly delivered: number;
  readonly waiting: number;
  readonly reason?: { readonly message: string };
  readonly retryAtMs?: number;
}

interface Listing {
  readonly deliveries: readonly Delivery[];
}

export function Deliveries({ job }: { readonly job: Job }) {
  const path = `/v1/jobs/${job.id}/deliveries`;
  const list = useResource<Listing>(path, AGAIN_MS);
  const opened = useSignal(false);
  const turn = (to: boolean) => () => {
    opened.value = to;
  };
  const goOn = async () => {
    try {
      await ask(path, { method: 'POST', json: {} });
      note('They go on.');
      await list.reload();
    } catch (error) {
      noteError(error);
    }
  };
  const all = list.data?.deliveries ?? [];
  const isHeld = all.some(({ state }) => state === 'stopped' || state === 'resting');
  if (all.length === 0 && !may('run')) return null;
  return (
    <section>
      {all.length === 0 ? null : <h2>Deliveries</h2>}
      <ul class="waits">
        {all.map((each) => (
          <Line key={each.id} delivery={each} />
        ))}
      </ul>
      {may('run') ? (
        <p class="buttons">
          <button type="button" onClick={turn(true)}>
            Deliver to…
          </button>
          {isHeld ? (
            <button type="button" onClick={() => void goOn()}>
              Try again now
            </button>
          ) : null}
        </p>
      ) : null}
      {opened.value ? <More path={path} then={list.reload} onClose={turn(false)} /> : null}
    </section>
  );
}

function Line({ delivery }: { readonly delivery: Delivery }) {
  const { place, state, delivered, waiting, reason, retryAtMs } = delivery;
  const icon = state === 'delivered' ? 'completed' : state === 'delivering' ? 'running' : state;
  const of =
    waiting === 0 ? count(delivered) : `${count(delivered)} of ${count(delivered + waiting)}`;
  const again = retryAtMs === undefined ? '' : ` Again at ${clockTime(retryAtMs, nowMs.value)}.`;
  return (
    <li>
      <State state={icon === 'stopped' ? 'failed' : icon} word={state} />
      <span>
        {of} in <Said text={place} max={120} />
      </span>
      {reason === undefined ? null : (
        <span class="quiet">
          <Said text={reason.message} max={240} />
          {again}
        </span>
      )}
    </li>
  );
}

interface MoreProps {
  readonly path: string;
  readonly then: () => Promise<unknown>;
  readonly onClose: () => void;
}

function More({ path, then, onClose }: MoreProps) {
  const places = useResource<Destinations>('/v1/destinations');
  const chosen = useSignal<readonly string[]>([]);
  const send = async () => {
    const to = chosen.value;
    if (to.length === 0) throw new Problem(0, '', 'No place is chosen.', 'Choose one or more.');
    await ask(path, { method: 'POST', json: { to } });
    note(`Records go to ${to.join(', ')}.`);
  };
  return (
    <DialogForm
      title="Deliver the records of this job"
      act="Deliver"
      send={send}
      then={then}
      onClose={onClose}
    >
      <DeliverTo names={places.data?.destinations ?? []} chosen={chosen} />
    </DialogForm>
  );
}
