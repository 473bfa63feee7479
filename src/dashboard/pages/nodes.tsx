/** The servers and workers that share the work. */
import { ask, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { note, question } from '../talk.ts';
import { NotAllowed } from '../ui/field.tsx';
import { Empty, Loaded } from '../ui/notice.tsx';
import { Scroll } from '../ui/scroll.tsx';
import { State } from '../ui/state.tsx';
import { Dash, Said, When } from '../ui/text.tsx';
import { Title } from '../ui/title.tsx';
import { count, duration, plural } from '../words.ts';

const AGAIN_MS = 3_000;

interface Node {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly self: boolean;
  readonly state: 'working' | 'draining' | 'silent';
  readonly sinceMs: number;
  readonly leaseMs: number;
  readonly shards: number;
  readonly slices: number;
  readonly leads: number;
  readonly roles: readonly string[];
  readonly seats?: number;
  readonly running?: number;
  readonly held?: number;
}

const nothing = () => {};

export function NodesPage() {
  const allowed = may('operator');
  const path = allowed ? '/v1/nodes' : undefined;
  const nodes = useResource<{ readonly nodes: readonly Node[] }>(path, AGAIN_MS);
  useLive('/v1/events', nothing);
  const all = nodes.data?.nodes;
  const silent = all?.filter(({ state }) => state === 'silent').length ?? 0;
  const headline = !allowed
    ? 'Nodes'
    : all === undefined
      ? 'Looking…'
      : all.length === 0
        ? 'This server works alone.'
        : `${plural(all.length, 'node')} ${all.length === 1 ? 'shares' : 'share'} the work${silent > 0 ? `, ${silent} silent` : ''}.`;
  return (
    <>
      <Title text={headline} page="Nodes" />
      {allowed ? (
        <Loaded of={nodes} lines={5}>
          {(shown) =>
            shown.nodes.length === 0 ? (
              <Empty>
                <p>
                  Its jobs are in a directory of its own. With a Postgres in common, several servers
                  and workers share the work.
                </p>
                <p>
                  <code>sluice worker --database-url postgres://…</code>
                </p>
              </Empty>
            ) : (
              <Table nodes={shown.nodes} then={nodes.reload} />
            )
          }
        </Loaded>
      ) : (
        <NotAllowed needs="an admin key of the server itself" />
      )}
    </>
  );
}

interface TableProps {
  readonly nodes: readonly Node[];
  readonly then: () => Promise<void>;
}

function Table({ nodes, then }: TableProps) {
  return (
    <Scroll label="Nodes">
      <table>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            <th scope="col">Heard</th>
            <th scope="col">Version</th>
            <th scope="col" class="number">
              Running
            </th>
            <th scope="col" class="number">
              Seats
            </th>
            <th scope="col" class="number">
              In memory
            </th>
            <th scope="col" class="number">
              Shards
            </th>
            <th scope="col" class="number">
              Lanes of 1,024
            </th>
            <th scope="col">Does as well</th>
            <th scope="col">
              <span class="unseen">Do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.id}>
              <td>
                <Said text={node.name} max={60} />
                {node.self ? <span class="quiet"> (this one)</span> : null}
                <br />
                <span class="quiet small">
                  {node.kind}, since <When ms={node.sinceMs} />
                </span>
              </td>
              <td>
                <State state={node.state} />
              </td>
              <td>{node.leaseMs < 0 ? `lease over ${duration(-node.leaseMs)}` : 'in time'}</td>
              <td>{node.version}</td>
              <Cell value={node.running} />
              <Cell value={node.seats} />
              <Cell value={node.held} />
              <Cell value={node.shards} />
              <Cell value={node.slices} />
              <td>
                {[
                  ...node.roles,
                  ...(node.leads > 0 ? [`leads ${plural(node.leads, 'job')}`] : []),
                ].join(', ')}
              </td>
              <td>
                {node.state === 'working' ? (
                  <button
                    type="button"
                    aria-label={`Drain… ${node.name}`}
                    onClick={() => askToDrain(node, then)}
                  >
                    Drain…
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Cell({ value }: { readonly value: number | undefined }) {
  return <td class="number">{value === undefined ? <Dash /> : count(value)}</td>;
}

function askToDrain({ id, name, running = 0 }: Node, then: () => Promise<void>): void {
  question.value = {
    title: `Drain ${name}?`,
    text: `It takes nothing new, ${plural(running, 'row')} under way may end, and its process ends.`,
    act: 'Drain 1 node',
    bad: true,
    async run() {
      await ask(`/v1/nodes/${id}/drain`, { method: 'POST' });
      note(`${name} drains.`);
      await then();
    },
  };
}
