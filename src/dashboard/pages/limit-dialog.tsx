/** A limit to be set: first what it will do, then the button; and the way back to learned. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask, askRaw } from '../api.ts';
import { note } from '../talk.ts';
import { clock, nowMs } from '../ticking.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Trouble } from '../ui/notice.tsx';
import { Said, When } from '../ui/text.tsx';
import type { SetLimit } from '../wire.ts';
import { clockTime, laneWords } from '../words.ts';

type LimitValues = Pick<SetLimit, 'concurrency' | 'perSecond'>;

interface End {
  readonly jobId: string;
  readonly name: string;
  readonly beforeMs?: readonly [number, number];
  readonly afterMs?: readonly [number, number];
  readonly words: string;
}

interface Preview {
  readonly words: readonly string[];
  readonly ends: readonly End[];
}

interface DialogProps {
  /** Such as `host:example.com`; undefined: it is still to be named. */
  readonly lane: string | undefined;
  readonly set: SetLimit | undefined;
  readonly then: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** After the last key, ms. */
const PREVIEW_AFTER_MS = 250;

export function LimitDialog({ lane, set, then, onClose }: DialogProps) {
  const host = useSignal('');
  const concurrency = useSignal(String(set?.concurrency ?? ''));
  const perSecond = useSignal(String(set?.perSecond ?? ''));
  const preview = useSignal<Preview | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const name = lane ?? (host.value.trim() === '' ? undefined : `host:${host.value.trim()}`);
  const path = name === undefined ? undefined : `/v1/lanes/${encodeURIComponent(name)}/limit`;
  const values = valuesOf(concurrency.value, perSecond.value);
  const body = values === undefined ? undefined : JSON.stringify(values);
  const isJob = name?.startsWith('job:') ?? false;
  useEffect(() => {
    if (path === undefined || body === undefined) {
      preview.value = undefined;
      return;
    }
    const controller = new AbortController();
    const timer = clock.after(PREVIEW_AFTER_MS, () => {
      ask<Preview>(`${path}/preview`, {
        method: 'POST',
        json: JSON.parse(body) as unknown,
        signal: controller.signal,
      }).then(
        (answer) => {
          preview.value = answer;
          error.value = undefined;
        },
        (thrown: unknown) => {
          if (!controller.signal.aborted) error.value = thrown;
        },
      );
    });
    return () => {
      timer.cancel();
      controller.abort();
    };
  }, [path, body, preview, error]);
  const act = async (run: (at: string) => Promise<unknown>, words: string) => {
    if (path === undefined) return;
    busy.value = true;
    try {
      await run(path);
      note(words);
      await then();
      onClose();
    } catch (thrown) {
      error.value = thrown;
    }
    busy.value = false;
  };
  const nothing = values === undefined || Object.keys(values).length === 0;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (nothing || busy.value) return;
    void act(
      (at) => ask(at, { method: 'PUT', json: values }),
      preview.value?.words[0] ?? 'The limit is set.',
    );
  };
  const reset = () =>
    act((at) => askRaw(at, { method: 'DELETE' }), `${wordsOf(name ?? '')}: found out again.`);
  return (
    <Dialog
      title={name === undefined ? 'Set a limit' : `Limit of ${wordsOf(name)}`}
      onClose={onClose}
    >
      <form onSubmit={submit}>
        {set === undefined ? null : (
          <p>
            Set <When ms={set.setMs} /> with key <code>{set.by}</code>.
          </p>
        )}
        {lane === undefined ? (
          <Field id="limit-host" label="Host" help="As in addresses, with a port other than usual.">
            <input
              id="limit-host"
              required
              value={host.value}
              spellcheck={false}
              onInput={(event) => {
                host.value = event.currentTarget.value;
              }}
            />
          </Field>
        ) : null}
        <Field id="limit-slots" label="At once" help="Empty: as it is found out or declared.">
          <input
            id="limit-slots"
            type="number"
            min={1}
            max={10_000}
            value={concurrency.value}
            onInput={(event) => {
              concurrency.value = event.currentTarget.value;
            }}
          />
        </Field>
        {isJob ? null : (
          <Field id="limit-rate" label="Starts a second" help="0.5 is one every two seconds.">
            <input
              id="limit-rate"
              type="number"
              min={0.001}
              max={100_000}
              step="any"
              value={perSecond.value}
              onInput={(event) => {
                perSecond.value = event.currentTarget.value;
              }}
            />
          </Field>
        )}
        <Trouble error={error.value} />
        <section aria-live="polite" class="card">
          <h3>What this will do</h3>
          {preview.value === undefined ? <p class="quiet">—</p> : <Told preview={preview.value} />}
        </section>
        <p class="buttons end">
          {set === undefined ? null : (
            <button type="button" disabled={busy.value} onClick={() => void reset()}>
              Back to learned
            </button>
          )}
          <button type="button" onClick={onClose}>
            Leave it
          </button>
          <button type="submit" class="main" disabled={nothing || path === undefined || busy.value}>
            Apply
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function Told({ preview: { words, ends } }: { readonly preview: Preview }) {
  return (
    <>
      {words.map((sentence) => (
        <p key={sentence}>
          <Said text={sentence} max={500} />
        </p>
      ))}
      <ul>
        {ends.map((end) => (
          <li key={end.jobId}>
            <b>
              <Said text={end.name} max={60} />
            </b>
            {': '}
            {endWords(end, nowMs.value)} <span class="quiet">{end.words}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** `14:20 → 13:50 at the earliest`; nothing where it cannot be said. */
export function endWords({ beforeMs, afterMs }: End, atMs: number): string {
  if (beforeMs === undefined || afterMs === undefined) return '';
  const at = (ms: number) => clockTime(atMs + ms, atMs);
  if (at(beforeMs[0]) === at(afterMs[0]) && at(beforeMs[1]) === at(afterMs[1])) {
    return `ends between ${at(beforeMs[0])} and ${at(beforeMs[1])}.`;
  }
  return `earliest end ${at(beforeMs[0])} → ${at(afterMs[0])}, latest ${at(beforeMs[1])} → ${at(afterMs[1])}.`;
}

/** undefined: not a number that can be meant. */
function valuesOf(concurrency: string, perSecond: string): LimitValues | undefined {
  const slots = concurrency.trim() === '' ? undefined : Number(concurrency);
  const rate = perSecond.trim() === '' ? undefined : Number(perSecond);
  if (slots !== undefined && !(Number.isInteger(slots) && slots >= 1)) return undefined;
  if (rate !== undefined && !(rate > 0)) return undefined;
  return {
    ...(slots === undefined ? {} : { concurrency: slots }),
    ...(rate === undefined ? {} : { perSecond: rate }),
  };
}

function wordsOf(lane: string): string {
  const at = lane.indexOf(':');
  return laneWords(lane.slice(0, at), lane.slice(at + 1));
}
