/** Fields for a JSON schema of plain options, and the options that they make. */
import type { JsonSchema } from '../wire.ts';
import { Field } from './field.tsx';

interface Property {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly kind: Kind;
}
type Kind = 'flag' | 'choice' | 'number' | 'text' | 'mixed' | 'list' | 'json';

export function propertiesOf(schema: JsonSchema | undefined): readonly Property[] {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema?.required ?? []) as readonly string[];
  return Object.entries(properties).map(([name, each]) => ({
    name,
    schema: each,
    // What has a default is asked of nobody.
    required: required.includes(name) && each.default === undefined,
    kind: kindOf(each),
  }));
}

function kindOf(schema: JsonSchema): Kind {
  const { type, enum: choices, items } = schema;
  if (Array.isArray(choices)) return 'choice';
  const types = typesOf(schema);
  // Options that the command line gives as text are taken as text as well.
  if (types.includes('boolean')) return 'flag';
  if (type === 'number' || type === 'integer') return 'number';
  if (type === 'string') return 'text';
  if (types.length > 0 && types.every((each) => SIMPLE.has(each))) return 'mixed';
  const inner = (items as JsonSchema | undefined)?.type;
  return type === 'array' && inner === 'string' ? 'list' : 'json';
}

const SIMPLE: ReadonlySet<unknown> = new Set(['string', 'number', 'integer']);

/** Of a value that may be of several kinds: all of them. */
function typesOf({ type, anyOf }: JsonSchema): readonly unknown[] {
  if (Array.isArray(type)) return type;
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).flatMap(typesOf);
  return type === undefined ? [] : [type];
}

const YES_NO: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

interface FormProps {
  readonly schema: JsonSchema | undefined;
  readonly id: string;
}

export function SchemaFields({ schema, id }: FormProps) {
  return (
    <>
      {propertiesOf(schema).map((property) => (
        <One key={property.name} property={property} id={`${id}-${property.name}`} />
      ))}
    </>
  );
}

function One({ property, id }: { readonly property: Property; readonly id: string }) {
  const { name, schema, required, kind } = property;
  const help = [
    schema.description as string | undefined,
    kind === 'list' ? 'One a line.' : kind === 'json' ? 'As JSON.' : undefined,
    required ? 'Needed.' : undefined,
  ].filter((each) => each !== undefined);
  const described = help.length === 0 ? undefined : help.join(' ');
  return (
    <Field id={id} label={label(name)} help={described}>
      <Control property={property} id={id} described={described !== undefined} />
    </Field>
  );
}

interface ControlProps {
  readonly property: Property;
  readonly id: string;
  readonly described: boolean;
}

function Control({ property, id, described }: ControlProps) {
  const { name, schema, required, kind } = property;
  const fallback = schema.default === undefined ? '' : String(schema.default);
  const common = {
    id,
    name: `option.${name}`,
    required,
    ...(described ? { 'aria-describedby': `${id}-help` } : {}),
  };
  switch (kind) {
    case 'flag':
      return (
        <select {...common} required={false}>
          <option value="">{fallback === '' ? 'as usual' : `${YES_NO[fallback]} (default)`}</option>
          {fallback === 'true' ? null : <option value="true">yes</option>}
          {fallback === 'false' ? null : <option value="false">no</option>}
        </select>
      );
    case 'choice':
      return (
        <select {...common}>
          {required ? null : (
            <option value="">{fallback === '' ? '—' : `${fallback} (default)`}</option>
          )}
          {(schema.enum as readonly unknown[])
            .map(String)
            .filter((each) => required || each !== fallback)
            .map((each) => (
              <option key={each}>{each}</option>
            ))}
        </select>
      );
    case 'number':
      return (
        <input
          {...common}
          type="number"
          step={schema.type === 'integer' ? 1 : 'any'}
          placeholder={fallback}
          {...bounds(schema)}
        />
      );
    case 'text':
    case 'mixed':
      return <input {...common} placeholder={fallback} spellcheck={false} />;
    default:
      return <textarea {...common} rows={3} spellcheck={false} />;
  }
}

function bounds({ minimum, maximum }: JsonSchema): { min?: number; max?: number } {
  // The largest safe number is no bound that anybody means.
  const sound = (value: unknown) => typeof value === 'number' && Math.abs(value) < 2 ** 53 - 1;
  return {
    ...(sound(minimum) ? { min: minimum as number } : {}),
    ...(sound(maximum) ? { max: maximum as number } : {}),
  };
}

/** What the fields of a form say; throws a sentence where one is no JSON. */
export function optionsOf(schema: JsonSchema | undefined, form: FormData): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const { name, kind } of propertiesOf(schema)) {
    const text = String(form.get(`option.${name}`) ?? '').trim();
    if (text === '') continue;
    options[name] = fieldValue(kind, text, name);
  }
  return options;
}

function fieldValue(kind: Kind, text: string, name: string): unknown {
  switch (kind) {
    case 'flag':
      return text === 'true';
    case 'number':
      return Number(text);
    case 'mixed':
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case 'list':
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        throw new SyntaxError(`${label(name)} is no JSON.`);
      }
    default:
      return text;
  }
}

/** `maxPages` as `Max pages`. */
export function label(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
