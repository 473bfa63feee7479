/**
 * A cluster as users start it: `sluice serve` and so many `sluice worker` processes over one
 * Postgres, each by way of a network of its own that can be cut. Whatever becomes of the test, none
 * of these processes stays.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CutProxy } from '../fakes/cut-proxy.ts';
import { ProcessGuard } from '../fakes/process-guard.ts';
import { type Running, start } from './sluice-process.ts';

const READY = /\{"type":"[a-z]+".*\}/;
const POLL_MS = 50;
const DEADLINE_MS = 600_000;

export interface ClusterOptions {
  /** Where the nodes are started and keep what they need; their own from now on. */
  readonly cwd: string;
  readonly databaseUrl: string;
  /** Beside the one that serves. */
  readonly workers: number;
  /** Paths of collectors' files, from `cwd`. */
  readonly collectors?: readonly string[];
  /** Of every node. */
  readonly flags?: readonly string[];
  /** Of every node; `SLUICE_NODE_LEASE` is 3 s where it is not said here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the node that serves, beside those. */
  readonly serverEnv?: Readonly<Record<string, string>>;
  /** Whether each node reaches Postgres through a proxy of its own. */
  readonly cuttable?: boolean;
}

/** One process of the cluster. */
export class ClusterNode {
  readonly name: string;
  readonly running: Running;
  readonly proxy: CutProxy | undefined;

  constructor(name: string, running: Running, proxy: CutProxy | undefined) {
    this.name = name;
    this.running = running;
    this.proxy = proxy;
  }

  get pid(): number {
    return this.running.child.pid as number;
  }

  get alive(): boolean {
    const { exitCode, signalCode } = this.running.child;
    return exitCode === null && signalCode === null;
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.running.child.kill('SIGKILL');
    await this.running.ended;
  }

  freeze(): void {
    this.running.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.running.child.kill('SIGCONT');
  }

  /** Asks it to end in good order; resolves with its exit code. */
  async drain(): Promise<number> {
    this.running.child.kill('SIGTERM');
    return (await this.running.ended).code;
  }
}

/** Another one that serves the same. */
export interface ServingNode extends ClusterNode {
  readonly url: string;
}

export interface JobView {
  readonly id: string;
  readonly state: string;
  readonly counters: {
    readonly tasks: number;
    readonly completed: number;
    readonly discarded: number;
    readonly records: number;
  };
}

export class Cluster {
  server: ClusterNode;
  url: string;
  readonly key: string;
  /** Those that work and are not known to have ended. */
  readonly workers: ClusterNode[] = [];
  readonly #options: ClusterOptions;
  readonly #guard: ProcessGuard;
  readonly #nodes: ClusterNode[];
  #started = 0;
  #closing: Promise<void> | undefined;

  private constructor(
    options: ClusterOptions,
    guard: ProcessGuard,
    server: ClusterNode,
    told: { readonly url: string; readonly firstKey?: string },
  ) {
    this.#options = options;
    this.#guard = guard;
    this.#nodes = [server];
    this.server = server;
    this.url = told.url;
    this.key = told.firstKey ?? '';
  }

  /** Resolves when all nodes say that they are ready. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const guard = new ProcessGuard();
    try {
      const words = ['serve', '--port', '0', '--json'];
      const [server, said] = await startNode(
        'serve',
        words,
        { ...options, env: { ...options.env, ...options.serverEnv } },
        guard,
      );
      const cluster = new Cluster(options, guard, server, JSON.parse(said));
      await Promise.all(Array.from({ length: options.workers }, () => cluster.addWorker()));
      return cluster;
    } catch (error) {
      await guard.close();
      throw error;
    }
  }

  async addWorker(): Promise<ClusterNode> {
    this.#started += 1;
    const name = `worker-${this.#started}`;
    const words = ['worker', '--json'];
    const [node] = await startNode(name, words, this.#options, this.#guard);
    this.#nodes.push(node);
    this.workers.push(node);
    void node.running.ended.then(() => {
      this.workers.splice(this.workers.indexOf(node), 1);
    });
    return node;
  }

  /** One more `sluice serve`; whoever calls ends it where it is to end before the cluster. */
  async addServer(): Promise<ServingNode> {
    this.#started += 1;
    const name = `serve-${this.#started}`;
    const words = ['serve', '--port', '0', '--json'];
    const [node, said] = await startNode(name, words, this.#options, this.#guard);
    this.#nodes.push(node);
    return Object.assign(node, { url: (JSON.parse(said) as { url: string }).url });
  }

  /** Asks another server from now on. */
  replaceServer(server: ServingNode): void {
    this.server = server;
    this.url = server.url;
  }

  /** `base`: another server's URL. */
  call(method: string, path: string, json?: unknown, base = this.url): Promise<Response> {
    const type = json === undefined ? {} : { 'content-type': 'application/json' };
    return fetch(base + path, {
      method,
      headers: { 'x-api-key': this.key, ...type },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  /** Submits an order as `POST /v1/jobs` takes it; returns the job's id. */
  async submit(order: unknown): Promise<string> {
    return jobIn(await this.call('POST', '/v1/jobs', order));
  }

  /** Sends a CSV; `query` as `POST /v1/uploads` takes it. */
  async upload(query: Readonly<Record<string, string>>, csv: string, tenant = ''): Promise<string> {
    const answer = await fetch(`${this.url}/v1/uploads?${new URLSearchParams(query)}`, {
      method: 'POST',
      headers: {
        'x-api-key': this.key,
        'content-type': 'text/csv',
        ...(tenant && { 'sluice-tenant': tenant }),
      },
      body: csv,
    });
    return jobIn(answer);
  }

  /** undefined: the server could not say so just now. */
  async job(id: string): Promise<JobView | undefined> {
    try {
      const answer = await this.call('GET', `/v1/jobs/${id}`);
      return answer.ok ? ((await answer.json()) as JobView) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Follows the job until it runs no more. */
  async ended(
    id: string,
    { deadlineMs = DEADLINE_MS, pollMs = POLL_MS }: { deadlineMs?: number; pollMs?: number } = {},
  ): Promise<JobView> {
    const endMs = performance.now() + deadlineMs;
    let last: JobView | undefined;
    while (performance.now() < endMs) {
      last = (await this.job(id)) ?? last;
      if (last !== undefined && last.state !== 'running') return last;
      await delay(pollMs);
    }
    throw new Error(`the job is still under way: ${JSON.stringify(last)}\n${this.said()}`);
  }

  /** The job's records as JSONL, or its rows as CSV. */
  async download(id: string, shape: 'record' | 'row'): Promise<string> {
    const format = shape === 'record' ? 'jsonl' : 'csv';
    const path = `/v1/jobs/${id}/download?shape=${shape}&format=${format}`;
    const answer = await this.call('GET', path);
    assert.equal(answer.status, 200);
    return answer.text();
  }

  /** What the nodes have written to standard error, its end. */
  said(chars = 2_000): string {
    const parts = this.#nodes.map(({ name, running }) => {
      return `--- ${name}\n${running.output.stderr.slice(-chars)}`;
    });
    return parts.join('\n');
  }

  /** Ends all of it, by force. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#nodes.filter(({ alive }) => alive).map((node) => node.kill()));
    await Promise.all(this.#nodes.map(({ proxy }) => proxy?.close()));
    await this.#guard.close();
  }
}

async function startNode(
  name: string,
  words: readonly string[],
  options: ClusterOptions,
  guard: ProcessGuard,
): Promise<[ClusterNode, string]> {
  const { databaseUrl, cwd, collectors = [], flags = [], env, cuttable = false } = options;
  const proxy = cuttable ? await CutProxy.start(Number(new URL(databaseUrl).port)) : undefined;
  const offered = collectors.flatMap((path) => ['--collector', path]);
  const running = start([...words, '--data', `data-${name}`, ...offered, ...flags], {
    cwd,
    limitMs: DEADLINE_MS * 3,
    env: {
      SLUICE_NODE_LEASE: '3s',
      SLUICE_NODE_NAME: name,
      ...env,
      SLUICE_DATABASE_URL: proxy?.through(databaseUrl) ?? databaseUrl,
    },
  });
  if (running.child.pid === undefined) await once(running.child, 'spawn');
  guard.watch(running.child);
  const [said] = await running.said(READY);
  return [new ClusterNode(name, running, proxy), said];
}

async function jobIn(answer: Response): Promise<string> {
  const text = await answer.text();
  assert.equal(answer.status, 201, text);
  return (JSON.parse(text) as { job: { id: string } }).job.id;
}
