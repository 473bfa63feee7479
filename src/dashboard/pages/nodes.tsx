/** The servers and workers that share the work. */
import { ask, may } from '../api.ts';
import { useLive } from '../live.ts';
import { useResource } from '../resource.ts';
import { note, question } from '../talk.ts';
import { NotAllowed } from '../ui/field.tsx';
import { DO, Listed, numbers } from '../ui/list.tsx';
import { Empty } from '../ui/notice.tsx';
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

const COLUMNS = [
  ...['Node', 'State', 'Heard', 'Version', numbers('Running'), numbers('Seats')],
  ...[numbers('In memory'), numbers('Shards'), numbers('Lanes of 1,024'), 'Does as well', DO],
];
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
        <Listed
          of={nodes}
          rows={(data) => data.nodes}
          none={<Alone />}
          lines={5}
          label="Nodes"
          columns={COLUMNS}
        >
          {(node) => <Row key={node.id} node={node} then={nodes.reload} />}
        </Listed>
      ) : (
        <NotAllowed needs="an admin key of the server itself" />
      )}
    </>
  );
}

function Alone() {
  return (
    <Empty>
      <p>
        Its jobs are in a directory of its own. With a Postgres in common, several servers and
        workers share the work.
      </p>
      <p>
        <code>SLUICE_DATABASE_URL=postgres://… sluice worker</code>
      </p>
    </Empty>
  );
}

function Row({ node, then }: { readonly node: Node; readonly then: () => Promise<void> }) {
  return (
    <tr>
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
        {[...node.roles, ...(node.leads > 0 ? [`leads ${plural(node.leads, 'job')}`] : [])].join(
          ', ',
        )}
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
