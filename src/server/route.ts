/**
 * A route as data: what it takes, what it answers and who may call it, once. The same table is what
 * Fastify serves, what the OpenAPI document says and what the contract tests walk over, so a route
 * can be forgotten by none of them.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access, Principal } from './principal.ts';

export interface Route<Params = unknown, Query = unknown, Body = unknown> {
  /** Its name in the document and in clients that are made from it, such as `getJob`. Unique. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In Fastify's form: `/v1/jobs/:id`. */
  readonly path: string;
  readonly access: Access;
  /** Asked once, when the server starts: whether its owner opened the route to everybody. */
  readonly isOpened?: () => boolean;
  /** One sentence, imperative. */
  readonly summary: string;
  /** More, in Markdown, where a sentence is not enough. */
  readonly description?: string;
  readonly tag: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** A JSON body. */
  readonly body?: z.ZodType<Body>;
  /** A body that the handler reads as a stream: its media types. */
  readonly streams?: readonly string[];
  /** Headers that it takes beside those of every route, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of its good answers, with what they mean. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Server-sent events by name, with what their data is, where the answer is a stream of them. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
  /** By status: a JSON body, or the media types of anything else (none = an empty body). */
  readonly answers: Readonly<Record<number, z.ZodType | readonly string[]>>;
  handle(call: Call<Params, Query, Body>): unknown;
}

export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Gives a route its types, and lets routes of all types stand in one list. */
export function route<Params, Query, Body>(given: Route<Params, Query, Body>): Route {
  return given as unknown as Route;
}

/** Sends the head of a good answer and nothing after it: to who asked for no more. */
export function endWithHead(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  reply.raw.end();
  return reply;
}

/** The JSON Schema of what goes in (`input`) or comes out. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    unrepresentable: 'any',
  }) as Record<string, unknown>;
  return rest;
}
