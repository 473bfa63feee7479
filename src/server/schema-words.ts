/** JSON Schema in words, for the page of documents. */
import type { JsonSchema } from './openapi.ts';

type Named = Readonly<Record<string, JsonSchema>>;

export interface Field {
  /** With the names around it: `counters.tasks`, `jobs[].id`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

const DEPTH_MAX = 4;

/** `integer, 1 to 200`, `one of: a, b`, `array of text`. */
export function typeOf(schema: JsonSchema): string {
  const { type, minimum, maximum, maxLength } = schema;
  const name = refName(schema);
  if (name !== undefined) return name;
  if (Array.isArray(schema.enum)) return `one of: ${schema.enum.map(String).join(', ')}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const members = membersOf(schema);
  if (members.length > 0) return members.map(typeOf).join(' or ');
  if (type === 'array') return `array of ${typeOf((schema.items ?? {}) as JsonSchema)}`;
  if (type === 'string') {
    return typeof maxLength === 'number' ? `text, at most ${maxLength}` : 'text';
  }
  if (typeof type !== 'string') return 'anything';
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${type}, ${minimum} or more`;
  return type;
}

/** The fields of an object, those of objects in it as well; none where it is no object. */
export function fieldsOf(schema: JsonSchema, named: Named, depth = 0): readonly Field[] {
  if (depth > DEPTH_MAX) return [];
  const plain = resolved(schema, named);
  const { properties } = plain as { properties?: Readonly<Record<string, JsonSchema>> };
  if (properties === undefined) {
    return membersOf(plain).flatMap((member) => fieldsOf(member, named, depth));
  }
  const required = Array.isArray(plain.required) ? plain.required : [];
  return Object.entries(properties).flatMap(([name, inner]) => {
    const own = resolved(inner, named);
    const description = inner.description ?? own.description;
    const field = {
      name,
      type: typeOf(inner),
      required: required.includes(name),
      description: typeof description === 'string' ? description : '',
    };
    const list = own.type === 'array';
    const below = fieldsOf(list ? (own.items as JsonSchema) : own, named, depth + 1);
    const prefix = list ? `${name}[].` : `${name}.`;
    return [field, ...below.map((each) => ({ ...each, name: prefix + each.name }))];
  });
}

/** What a reference stands for. */
export function resolved(schema: JsonSchema, named: Named): JsonSchema {
  const name = refName(schema);
  return name === undefined ? schema : (named[name] ?? {});
}

export function membersOf(schema: JsonSchema): readonly JsonSchema[] {
  const members = schema.anyOf ?? schema.oneOf;
  return Array.isArray(members) ? (members as JsonSchema[]) : [];
}

function refName({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === 'string' ? $ref.slice($ref.lastIndexOf('/') + 1) : undefined;
}
