/** The nodes that share a Postgres: who is there, what each holds, and taking one out of work. */
import { z } from 'zod';
import { SluiceError } from '../../base/errors.ts';
import { readStatus } from '../../engine/node-status.ts';
import type { NodeRow } from '../../store/cluster-store.ts';
import type { ServerParts } from '../parts.ts';
import { type Route, route } from '../route.ts';

const NodeWire = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['serve', 'worker', 'run']),
  version: z.string(),
  self: z.boolean().meta({ description: 'Whether it is the one that answers.' }),
  state: z.enum(['working', 'draining', 'silent']).meta({
    description: '`silent`: its lease has passed; what it holds is about to go to others.',
  }),
  sinceMs: z.int().meta({ description: 'When it joined, or joined again.' }),
  leaseMs: z.int().meta({ description: 'Until its lease ends, unless it renews it.' }),
  fence: z.int().meta({ description: 'Under which number it writes; larger ones are younger.' }),
  shards: z.int().meta({ description: 'Portions of jobs, of up to 500 rows, that it works on.' }),
  slices: z.int().meta({ description: 'Of 1,024 parts of all lanes, those that it owns.' }),
  leads: z.int().meta({ description: 'Jobs that it plans and sees to the end of.' }),
  roles: z.array(z.string()),
  seats: z.int().optional(),
  running: z.int().optional().meta({ description: 'Rows that are active on it, as last told.' }),
  held: z.int().optional().meta({ description: 'Rows in its memory, as last told.' }),
});

export function nodeRoutes(parts: Pick<ServerParts, 'cluster' | 'clock'>): Route[] {
  const wire = (node: NodeRow) => {
    const { cluster, clock } = parts;
    const { seats, running, held } = readStatus(node.status) ?? {};
    const state = node.draining ? 'draining' : 'working';
    return {
      id: node.id,
      name: node.name,
      kind: node.kind,
      version: node.version,
      self: node.id === cluster?.intro.id,
      state: node.leaseMs < 0 ? 'silent' : state,
      sinceMs: clock.wallMs() - node.ageMs,
      leaseMs: node.leaseMs,
      fence: node.fence,
      shards: node.shards,
      slices: node.slices,
      leads: node.leads,
      roles: [...node.roles],
      ...(seats === undefined ? {} : { seats, running, held }),
    };
  };
  return [
    route({
      id: 'listNodes',
      method: 'GET',
      path: '/v1/nodes',
      access: 'operator',
      tag: 'Operation',
      summary: 'List the nodes that share the work',
      description: 'Nobody where this process is alone, with jobs in a directory of its own.',
      answers: { 200: z.object({ nodes: z.array(NodeWire) }) },
      async handle() {
        const { cluster } = parts;
        return { nodes: cluster === undefined ? [] : (await cluster.store.nodes()).map(wire) };
      },
    }),
    route({
      id: 'drainNode',
      method: 'POST',
      path: '/v1/nodes/:id/drain',
      access: 'operator',
      tag: 'Operation',
      summary: 'Let a node come to its end',
      description:
        'It takes nothing new, gives back at once what has not begun, lets what is under way end ' +
        'within its grace, and its process ends.',
      params: z.strictObject({ id: z.string() }),
      answers: { 202: z.object({ id: z.string() }) },
      async handle({ params: { id } }) {
        const { cluster } = parts;
        if (cluster === undefined) throw new SluiceError('cluster.alone');
        if (!(await cluster.store.askDrain(id))) throw new SluiceError('cluster.no_node', { id });
        await cluster.signals.post({ kind: 'nodes' });
        return { id };
      },
    }),
  ];
}
