/** The limits that somebody has set, in use or not, and a button for another. */
import { DO, numbers, Table } from '../ui/list.tsx';
import { Dash, Said, When } from '../ui/text.tsx';
import type { SetLimit } from '../wire.ts';
import { count, rate } from '../words.ts';

export interface KnownLimit extends SetLimit {
  readonly lane: string;
}

interface ByHandProps {
  readonly limits: readonly KnownLimit[];
  /** Opens the dialog; '' = of a host that is still to be named. */
  readonly edit: (lane: string) => void;
}

export function ByHand({ limits, edit }: ByHandProps) {
  return (
    <>
      {limits.length === 0 ? (
        <p class="quiet">None: all limits are found out, or said by collectors and settings.</p>
      ) : (
        <Table
          label="Limits that were set by hand"
          columns={['Limit', numbers('At once'), numbers('Rate'), 'Set', 'By key', DO]}
          rows={limits}
        >
          {({ lane, concurrency, perSecond, setMs, by }) => (
            <tr key={lane}>
              <td>
                <Said text={lane.replace(':', ' ')} max={80} />
              </td>
              <td class="number">{concurrency === undefined ? <Dash /> : count(concurrency)}</td>
              <td class="number">{perSecond === undefined ? <Dash /> : rate(perSecond)}</td>
              <td>
                <When ms={setMs} />
              </td>
              <td>
                <code>{by}</code>
              </td>
              <td>
                <button
                  type="button"
                  class="link"
                  aria-label={`Change or give back ${lane}`}
                  onClick={() => edit(lane)}
                >
                  Change or give back…
                </button>
              </td>
            </tr>
          )}
        </Table>
      )}
      <p class="buttons">
        <button type="button" onClick={() => edit('')}>
          Set a limit of a host…
        </button>
      </p>
    </>
  );
}
