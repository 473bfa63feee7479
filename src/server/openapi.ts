/** The OpenAPI 3.1 document, made from the route table: it says of a route what the server does. */
import { z } from 'zod';
import type { Route } from './route.ts';
import { NAMED_WIRES, ProblemWire } from './wire.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface OpenapiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, Answer>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  readonly style?: string;
  readonly explode?: boolean;
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Content;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  400: 'The request cannot be used; `detail` says why.',
  401: 'There is no key, or it is wrong, revoked or expired.',
  403: 'The key may not do this, or its tenant is disabled.',
  404: 'It is not there, or it is not yours.',
  409: 'The state of things does not allow it.',
  413: 'The body is too large.',
  415: 'This kind of body is not taken.',
  default: 'Anything else that goes wrong.',
};

const DESCRIPTION = [
  'Jobs over long lists of slow, rate-limited things.',
  'Bodies are JSON in camelCase; times are milliseconds since 1970 (`…Ms`). Errors are problem ' +
    'documents (RFC 9457) with a stable `code` and a `hint`; /docs lists the codes. Fields are ' +
    'only ever added. Lists go on with `next`.',
].join('\n\n');

export function openapiDocument(routes: readonly Route[], version: string): OpenapiDocument {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const operations = paths[path] ?? {};
    operations[route.method.toLowerCase()] = operationOf(route, schemas);
    paths[path] = operations;
  }
  const problem = { 'application/problem+json': { schema: schemas.of(ProblemWire, 'output') } };
  const responses = Object.entries(PROBLEMS).map(
    ([status, description]) => [`Problem-${status}`, { description, content: problem }] as const,
  );
  return {
    openapi: '3.1.1',
    info: { title: 'Sluice', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named(),
      responses: Object.fromEntries(responses),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key: `Bearer sk_…`.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key.' },
      },
    },
  };
}

function operationOf(route: Route, schemas: Schemas): Operation {
  const { id, tag, access, body, streams } = route;
  const needs = {
    open: '',
    read: 'Needs a key.',
    run: 'Needs a key with scope `run` or `admin`.',
    admin: 'Needs a key with scope `admin`.',
    operator: "Needs the server's own key with scope `admin`.",
  }[access];
  const description = [route.description ?? '', needs].filter((text) => text !== '').join('\n\n');
  const content =
    body !== undefined
      ? { 'application/json': { schema: schemas.of(body, 'input') } }
      : Object.fromEntries((streams ?? []).map((type) => [type, { schema: {} }]));
  const required = body === undefined || !body.safeParse(undefined).success;
  return {
    operationId: id,
    tags: [tag],
    summary: route.summary,
    ...(description === '' ? {} : { description }),
    security: access === 'open' ? [] : [{ bearer: [access] }, { apiKey: [access] }],
    parameters: parametersOf(route),
    ...(Object.keys(content).length === 0 ? {} : { requestBody: { required, content } }),
    responses: { ...goodAnswers(route, schemas), ...problemAnswers(route) },
  };
}

function parametersOf(route: Route): readonly Parameter[] {
  const { params, query, headers = {}, access } = route;
  const taken: Readonly<Record<string, string>> =
    access === 'open'
      ? headers
      : { ...headers, 'Sluice-Tenant': "For operators: act within this tenant's things only." };
  return [
    ...fields(params, 'path'),
    ...fields(query, 'query'),
    ...Object.entries(taken).map(([name, description]) => ({
      name,
      in: 'header' as const,
      required: false,
      description,
      schema: { type: 'string' },
    })),
  ];
}

/**
 * One parameter a field. What comes out of a field says its type, where it says one: what goes in
 * is text, always.
 */
function fields(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Parameter[] {
  if (schema === undefined) return [];
  const given = plainSchema(schema, 'input') as ObjectSchema;
  const made = plainSchema(schema, 'output') as ObjectSchema;
  return Object.entries(given.properties ?? {}).map(([name, input]) => {
    const output = made.properties?.[name] ?? {};
    const typed = typeof output.type === 'string' && output.type !== 'object';
    const { description, ...rest } = typed ? output : input;
    return {
      name,
      in: place,
      required: place === 'path' || given.required?.includes(name) === true,
      ...(typeof description === 'string' ? { description } : {}),
      schema: rest,
      ...(rest.type === 'array' ? { style: 'form', explode: false } : {}),
    };
  });
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function goodAnswers(route: Route, schemas: Schemas): Record<string, Answer> {
  const headers = Object.fromEntries(
    Object.entries(route.answerHeaders ?? {}).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  );
  const events =
    route.events &&
    Object.fromEntries(
      Object.entries(route.events).map(([name, schema]) => [name, schemas.of(schema, 'output')]),
    );
  const answers = Object.entries(route.answers).map(([status, answer]): [string, Answer] => {
    if (answer === ProblemWire) return [status, problemAnswer(PROBLEMS[status] ?? route.summary)];
    const content: Content =
      'safeParse' in answer
        ? { 'application/json': { schema: schemas.of(answer, 'output') } }
        : Object.fromEntries(answer.map((type) => [type, { schema: anything(type, events) }]));
    const description = status === '204' ? 'Done; there is nothing to say.' : route.summary;
    return [
      status,
      {
        description,
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
        ...(Object.keys(content).length === 0 ? {} : { content }),
      },
    ];
  });
  return Object.fromEntries(answers);
}

/** No schema says what a stream of events is made of: `x-events` has one for each kind. */
function anything(mediaType: string, events: JsonSchema | undefined): JsonSchema {
  if (mediaType === 'text/event-stream' && events) return { type: 'string', 'x-events': events };
  return mediaType.startsWith('application/json') ? {} : { type: 'string' };
}

function problemAnswer(description: string): Answer {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description, content: { 'application/problem+json': { schema } } };
}

function problemAnswers(route: Route): Record<string, { readonly $ref: string }> {
  const { access, params, query, body, streams, method } = route;
  const takesBody = body !== undefined || streams !== undefined;
  const checksQuery = query !== undefined || access !== 'open';
  const statuses: readonly (readonly [string, boolean])[] = [
    ['400', params !== undefined || checksQuery || takesBody],
    ['401', access !== 'open'],
    ['403', access !== 'open'],
    ['404', params !== undefined],
    ['409', method !== 'GET'],
    ['413', takesBody],
    ['415', takesBody],
    ['default', true],
  ];
  return Object.fromEntries(
    statuses
      .filter(([status, applies]) => applies && !(status in route.answers))
      .map(([status]) => [status, { $ref: `#/components/responses/Problem-${status}` }]),
  );
}

type Io = 'input' | 'output';

/** Schemas with names stand in the document once; whoever uses them refers to them. */
class Schemas {
  readonly #names = new Map<unknown, string>(
    Object.entries(NAMED_WIRES).map(([name, schema]) => [schema, name]),
  );
  readonly #made = new Map<string, JsonSchema>();

  of(schema: z.ZodType, io: Io): JsonSchema {
    const name = this.#names.get(schema);
    if (name === undefined) return this.#plain(schema, io);
    if (!this.#made.has(name)) {
      // Held first: a schema may contain itself.
      this.#made.set(name, {});
      this.#made.set(name, this.#plain(schema, io));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  named(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries([...this.#made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #plain(schema: z.ZodType, io: Io): JsonSchema {
    return plainSchema(schema, io, (inner) => {
      const name = inner === schema ? undefined : this.#names.get(inner);
      return name === undefined ? undefined : this.of(NAMED_WIRES[name] as z.ZodType, io);
    });
  }
}

function plainSchema(
  schema: z.ZodType,
  io: Io,
  refer: (inner: unknown) => JsonSchema | undefined = () => undefined,
): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const reference = refer(zodSchema);
      if (reference !== undefined) {
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as 'type'];
        Object.assign(jsonSchema, reference);
      }
      // Fields are added in later versions: nobody is to refuse an answer for that.
      if (io === 'output' && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return rest;
}
