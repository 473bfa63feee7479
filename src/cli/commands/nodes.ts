/** `sluice nodes …`: who shares the work of a cluster. */
import { formatDuration } from '../../base/duration.ts';
import { count } from '../../engine/job-words.ts';
import { listOf, withApi } from '../api.ts';
import { EXIT } from '../exit.ts';
import { printList } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';

interface Node {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly version: string;
  readonly self: boolean;
  readonly state: string;
  readonly sinceMs: number;
  readonly leaseMs: number;
  readonly shards: number;
  readonly slices: number;
  readonly leads: number;
  readonly seats?: number;
  readonly running?: number;
  readonly held?: number;
}

export async function listNodes(
  invocation: Invocation,
  _args: readonly unknown[],
  _own: OwnFlags,
): Promise<number> {
  const nodes = await listOf(invocation, async (api) => {
    const request = { method: 'GET', path: '/v1/nodes' } as const;
    return (await api.ask<{ nodes: readonly Node[] }>(request)).nodes;
  });
  // The one that only asks is gone with the answer.
  const others = nodes.filter(({ self, kind }) => !(self && kind === 'run'));
  show(invocation, others);
  return EXIT.ok;
}

function show(invocation: Invocation, nodes: readonly Node[]): void {
  const { io, flags, resolved } = invocation;
  const alone = nodes.length === 0 && resolved.settings.databaseUrl === '';
  if (alone && !flags.json && !flags.quiet) {
    io.stderr.write('Nodes share a Postgres (SLUICE_DATABASE_URL).\n');
  }
  const header = [
    'NODE',
    'NAME',
    'KIND',
    'STATE',
    'RUNNING',
    'IN MEMORY',
    'SHARDS',
    'SLICES',
    'LEADS',
    'LEASE',
    'VERSION',
  ];
  printList(invocation, nodes, header, (node) => [
    node.self ? `${node.id} *` : node.id,
    node.name,
    node.kind,
    node.state,
    node.running === undefined ? '—' : `${count(node.running)} of ${count(node.seats ?? 0)}`,
    node.held === undefined ? '—' : count(node.held),
    count(node.shards),
    count(node.slices),
    count(node.leads),
    node.leaseMs < 0 ? 'over' : formatDuration(Math.round(node.leaseMs / 1_000) * 1_000),
    node.version,
  ]);
}

export async function drainNode(
  invocation: Invocation,
  args: readonly (string | undefined)[],
): Promise<number> {
  const { io, flags } = invocation;
  return withApi(invocation, async (api) => {
    const path = `/v1/nodes/${encodeURIComponent(args[0] as string)}/drain`;
    const told = await api.ask<{ id: string }>({ method: 'POST', path });
    if (flags.json) io.stdout.write(`${JSON.stringify({ type: 'draining', id: told.id })}\n`);
    else if (!flags.quiet) io.stderr.write(`Node ${told.id} drains, and its process ends.\n`);
    return EXIT.ok;
  });
}
