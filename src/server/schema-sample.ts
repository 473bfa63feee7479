import type { JsonSchema } from './openapi.ts';
import { membersOf, resolved } from './schema-words.ts';

/** A value that fits a schema: its example, else the least that it asks for. */
export function sampleOf(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): unknown {
  const plain = resolved(schema, named);
  const { examples, enum: words, type, minimum } = plain;
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if (plain.default !== undefined) return plain.default;
  if (plain.const !== undefined) return plain.const;
  if (Array.isArray(words)) return words[0];
  const [member] = membersOf(plain);
  if (member !== undefined) return sampleOf(member, named);
  switch (type) {
    case 'object': {
      const required = Array.isArray(plain.required) ? plain.required : [];
      const properties = (plain.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
      return Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => required.includes(name))
          .map(([name, inner]) => [name, sampleOf(inner, named)]),
      );
    }
    case 'array':
      return [sampleOf((plain.items ?? {}) as JsonSchema, named)];
    case 'integer':
    case 'number':
      return minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return '…';
  }
}
