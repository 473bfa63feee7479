/** Orders to a running stand-in: `POST /__ORDER` with a JSON object, answered with JSON. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from '../servers/stand-in.ts';
import type { RpcServer } from './mtproto/rpc-server.ts';
import { FAULTS, type Fault } from './preview/faults.ts';
import type { PreviewServer } from './preview/preview-server.ts';
import { truthOfPost } from './truth.ts';
import type { Channel } from './world/channel.ts';
import { SHAPES, type Shape } from './world/compose-message.ts';
import type { World } from './world/world.ts';

type Order = Readonly<Record<string, unknown>>;
type Orders = Readonly<Record<string, (order: Order) => unknown>>;

/** What is wrong with an order, for who gave it. */
export class OrderError extends Error {}

const BODY_BYTES_MAX = 1_000_000;

/** The orders about channels and pages. */
export function previewOrders(world: World, preview: PreviewServer): Orders {
  const channelOf = (order: Order): Channel => {
    const name = String(order.channel ?? '');
    const channel = world.byName(name) ?? world.byInvite(name.replace(/^\+/, ''));
    if (!channel) throw new OrderError(`there is no channel "${name}"`);
    return channel;
  };
  const found = (channel: Channel, id: number, done: boolean) => {
    if (!done) throw new OrderError(`${channel.username} has no message ${id}`);
    return { id };
  };
  return {
    add(order) {
      const channel = channelOf(order);
      const count = numberIn(order, 'count', 1);
      const shape = shapeIn(order);
      const text = order.text === undefined ? {} : { text: String(order.text) };
      const posts = Array.from({ length: count }, () =>
        channel.add({ ...text, ...(shape ? { shape } : {}) }),
      );
      return {
        ids: posts.flat().map((message) => message.id),
        posts: posts.map((post) => truthOfPost(world.files, channel, post as never)),
      };
    },
    edit(order) {
      const channel = channelOf(order);
      const id = numberIn(order, 'id');
      const text = order.text === undefined ? undefined : String(order.text);
      return found(channel, id, channel.edit(id, text));
    },
    grow(order) {
      const channel = channelOf(order);
      const id = numberIn(order, 'id');
      return found(channel, id, channel.grow(id, numberIn(order, 'views', 1_000)));
    },
    delete(order) {
      const ids = Array.isArray(order.ids) ? order.ids.map(Number) : [numberIn(order, 'id')];
      return { deleted: channelOf(order).delete(ids) };
    },
    expire() {
      preview.expireLinks();
      return {};
    },
    limit(order) {
      preview.limit(numberIn(order, 'ratePerSecond', 0), numberIn(order, 'burst', 1));
      return {};
    },
    rest(order) {
      preview.rest(numberIn(order, 'seconds') * 1_000);
      return {};
    },
    fail(order) {
      const fault = String(order.fault ?? 'unavailable') as Fault;
      if (!FAULTS.includes(fault)) throw new OrderError(`faults are ${FAULTS.join(', ')}`);
      preview.fail(channelOf(order).username, fault, numberIn(order, 'times', 1));
      return {};
    },
  };
}

/** The orders about the calls of the protocol. */
export function rpcOrders(rpc: RpcServer): Orders {
  return {
    failcalls(order) {
      rpc.fail({
        ...namesIn(order),
        error: String(order.error),
        times: numberIn(order, 'times', 1),
      });
      return {};
    },
    limitcalls(order) {
      const ratePerSecond = numberIn(order, 'ratePerSecond', 0);
      rpc.limit({ ratePerSecond, burst: numberIn(order, 'burst', 1) });
      return {};
    },
    revoke(order) {
      const error = order.error === undefined ? undefined : String(order.error);
      if (!rpc.revoke(String(order.account), error)) {
        throw new OrderError(`there is no account "${order.account}"`);
      }
      return {};
    },
    references() {
      rpc.expireReferences();
      return {};
    },
  };
}

function namesIn(order: Order): { account?: string; method?: string; channel?: string } {
  const names = ['account', 'method', 'channel'] as const;
  return Object.fromEntries(
    names.filter((name) => order[name] !== undefined).map((name) => [name, String(order[name])]),
  );
}

/** Carries out the order that a request bears; false when its path names none. */
export function handleOrder(
  orders: Orders,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const name = /^\/__([a-z]+)$/.exec(request.url ?? '')?.[1] ?? '';
  const carryOut = Object.hasOwn(orders, name) ? orders[name] : undefined;
  if (!carryOut || request.method !== 'POST') return false;
  readJson(request)
    .then((order) => answerJson(response, 200, { ok: true, ...(carryOut(order) as object) }))
    .catch((error: unknown) => {
      const status = error instanceof OrderError ? 400 : 500;
      answerJson(response, status, { ok: false, error: String(error) });
    });
  return true;
}

async function readJson(request: IncomingMessage): Promise<Order> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) throw new OrderError('the order is too long');
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? {} : (JSON.parse(text) as Order);
  } catch {
    throw new OrderError('an order is a JSON object');
  }
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answer(response, status, `${JSON.stringify(value)}\n`, { 'content-type': 'application/json' });
}

function numberIn(order: Order, name: string, otherwise?: number): number {
  const value = Number(order[name] ?? otherwise ?? Number.NaN);
  if (!Number.isFinite(value)) throw new OrderError(`the order needs the number "${name}"`);
  return value;
}

function shapeIn(order: Order): Shape | undefined {
  if (order.shape === undefined) return undefined;
  const shape = SHAPES.find((each) => each === order.shape);
  if (!shape) throw new OrderError(`shapes are ${[...new Set(SHAPES)].join(', ')}`);
  return shape;
}
