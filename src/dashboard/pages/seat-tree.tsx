/** Seats as a tree: the node, its tenants, their jobs. */
import { Gauge } from '../ui/gauge.tsx';
import { DO, Table } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
import { Said } from '../ui/text.tsx';
import { shown } from '../words.ts';

export interface Seat {
  readonly kind: 'node' | 'tenant' | 'job';
  readonly name: string;
  readonly tenant?: string;
  readonly words?: string;
  readonly inUse: number;
  readonly slots: number | null;
}

interface SeatTreeProps {
  readonly seats: readonly Seat[];
  /** Opens the dialog of a limit; undefined: the key may not. */
  readonly edit?: ((lane: string) => void) | undefined;
}

export function SeatTree({ seats, edit }: SeatTreeProps) {
  const nodes = seats.filter(({ kind }) => kind === 'node');
  const tenants = seats
    .filter(({ kind }) => kind === 'tenant')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const jobsOf = (name: string) =>
    seats
      .filter(({ kind, tenant }) => kind === 'job' && tenant === name)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rows = [...nodes, ...tenants.flatMap((each) => [each, ...jobsOf(each.name)])];
  if (rows.every(({ kind }) => kind === 'node')) {
    return (
      <Empty>
        <p>No job runs at the moment.</p>
      </Empty>
    );
  }
  return (
    <Table
      label="Seats"
      columns={[
        ...['Of', { word: 'Attempts at once', class: 'wide-cell' }],
        ...(edit === undefined ? [] : [DO]),
      ]}
      rows={rows}
    >
      {(seat) => (
        <tr key={`${seat.kind}:${seat.name}`}>
          <td class={`deep-${seat.kind}`}>
            <Name seat={seat} />
          </td>
          <td class="wide-cell">
            <Gauge inUse={seat.inUse} slots={seat.slots} />
          </td>
          {edit === undefined ? null : (
            <td>
              <Change seat={seat} edit={edit} />
            </td>
          )}
        </tr>
      )}
    </Table>
  );
}

interface ChangeProps {
  readonly seat: Seat;
  readonly edit: (lane: string) => void;
}

function Change({ seat: { kind, name, words = name }, edit }: ChangeProps) {
  if (kind === 'node') return null;
  if (kind === 'tenant') {
    return (
      <a href="/settings?tab=tenants" aria-label={`Tenants, to change ${name}`}>
        Tenants
      </a>
    );
  }
  return (
    <button
      type="button"
      class="link"
      aria-label={`Change the limit of ${shown(words, 80)}`}
      onClick={() => edit(`job:${name}`)}
    >
      Change…
    </button>
  );
}

function Name({ seat: { kind, name, words = name } }: { readonly seat: Seat }) {
  if (kind === 'node') return <>This node</>;
  if (kind === 'tenant') {
    return (
      <>
        tenant <Said text={name} max={64} />
      </>
    );
  }
  return (
    <a href={`/jobs/${name}`} data-row={name}>
      <Said text={words} max={80} />
    </a>
  );
}
