/** The job's events by their numbers, as its stream tells them. */
import { query } from '../router.ts';
import { nowMs } from '../ticking.ts';
import { Json, Scroll } from '../ui/scroll.tsx';
import { Choice, Tail, type TailPage } from '../ui/tail.tsx';
import { Said } from '../ui/text.tsx';
import type { Failure, Job, JobEvent } from '../wire.ts';
import { absolute, clockTime, count, ended, plural, rate } from '../words.ts';

const TYPES = {
  '': 'All',
  'job.state,job.planned': 'States',
  'job.progress': 'Progress',
  'job.waits': 'Waits',
  'task.failed,task.omitted': 'Failures',
  'task.note': 'Notes',
};

interface Page extends TailPage {
  readonly events: readonly JobEvent[];
}

export function EventsTab({ job }: { readonly job: Job }) {
  const { type } = query.value;
  return (
    <>
      <Choice label="Which events" name="type" of={TYPES} />
      <p class="quiet">
        What <code>/v1/jobs/{job.id}/events</code> has told, newest first, as far as this server
        still has it: of all jobs together some 10,000.
      </p>
      <Tail<Page> path={`/v1/jobs/${job.id}/events/past`} filter={{ type }} word="event">
        {({ events }) =>
          events.length === 0 ? (
            <p class="empty">None is kept.</p>
          ) : (
            <Scroll label="Events">
              <table>
                <thead>
                  <tr>
                    <th scope="col" class="number">
                      Number
                    </th>
                    <th scope="col">At</th>
                    <th scope="col">Event</th>
                    <th scope="col">What</th>
                    <th scope="col">Data</th>
                  </tr>
                </thead>
                <tbody>
                  {events.map((event) => (
                    <Row key={event.id} event={event} />
                  ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Tail>
    </>
  );
}

function Row({ event: { id, type, data } }: { readonly event: JobEvent }) {
  const { atMs } = data as Told;
  return (
    <tr>
      <td class="number">{String(id)}</td>
      <td>
        {atMs === undefined ? (
          '—'
        ) : (
          <time dateTime={new Date(atMs).toISOString()} title={absolute(atMs)}>
            {clockTime(atMs, nowMs.value, true)}
          </time>
        )}
      </td>
      <td>
        <code>{type}</code>
      </td>
      <td>
        <Said text={eventWords(type, data as Told)} max={200} />
      </td>
      <td>
        <details class="as-data">
          <summary data-row={String(id)}>As data</summary>
          <Json value={data} label={`Event ${id}`} />
        </details>
      </td>
    </tr>
  );
}

interface Told {
  readonly atMs?: number;
  readonly seq?: number;
  readonly state?: string;
  readonly still?: string;
  readonly tasks?: number;
  readonly perSecond?: number;
  readonly counters?: Job['counters'];
  readonly waits?: readonly { readonly text: string }[];
  readonly failure?: Failure;
  readonly why?: Failure;
  readonly final?: boolean;
  readonly note?: string;
  readonly failed?: number;
  readonly notes?: number;
}

function eventWords(type: string, told: Told): string {
  switch (type) {
    case 'job.state':
      return `The job is ${told.state}${told.why === undefined ? '' : `: ${told.why.message}`}`;
    case 'job.planned':
      return `Every row is known: ${count(told.tasks ?? 0)}`;
    case 'job.progress': {
      const { counters, perSecond } = told;
      if (counters === undefined) return '';
      const speed = perSecond === undefined ? '' : `, ${rate(perSecond)}`;
      return `${count(ended(counters))} of ${plural(counters.tasks, 'row')}${speed}`;
    }
    case 'job.waits':
      return told.still ?? told.waits?.[0]?.text ?? 'It waits for nothing';
    case 'task.failed': {
      const end = told.final === true ? 'failed' : 'failed, is tried again';
      return `Row ${told.seq} ${end}: ${told.failure?.message ?? ''}`;
    }
    case 'task.note':
      return `Row ${told.seq}: ${told.note ?? ''}`;
    case 'task.omitted':
      return `${told.failed ?? 0} failures and ${told.notes ?? 0} notes more`;
    default:
      return '';
  }
}
