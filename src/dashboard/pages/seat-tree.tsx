/** Seats as a tree: the node, its tenants, their jobs. */
import { Gauge } from '../ui/gauge.tsx';
import { Empty } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { Said } from '../ui/text.tsx';

export interface Seat {
  readonly kind: 'node' | 'tenant' | 'job';
  readonly name: string;
  readonly tenant?: string;
  readonly words?: string;
  readonly inUse: number;
  readonly slots: number | null;
}

export function SeatTree({ seats }: { readonly seats: readonly Seat[] }) {
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
    <Scroll label="Seats">
      <table>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col" class="wide-cell">
              Attempts at once
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((seat) => (
            <tr key={`${seat.kind}:${seat.name}`}>
              <td class={`deep-${seat.kind}`}>
                <Name seat={seat} />
              </td>
              <td class="wide-cell">
                <Gauge inUse={seat.inUse} slots={seat.slots} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
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
