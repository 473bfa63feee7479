/**
 * Statements in the words of DuckDB. The two dialects are near enough that words are changed, not
 * grammar: names in backticks, parameters, quotes, and what some types and functions are called.
 * What is beyond that fails as DuckDB says, which is `invalidQuery` for whoever asked.
 */
import { quoted } from './table-schema.ts';

export interface Statement {
  /** For DuckDB, with parameters as `$name`, or `$1` … */
  readonly sql: string;
  readonly kind: StatementKind;
  /** Tables that it names in backticks, as `dataset.table`. */
  readonly tables: readonly string[];
  /** The table that it changes. */
  readonly target: string | undefined;
  readonly parameters: readonly string[];
}

export type StatementKind =
  | 'SELECT'
  | 'INSERT'
  | 'UPDATE'
  | 'DELETE'
  | 'MERGE'
  | 'TRUNCATE_TABLE'
  | 'CREATE_TABLE'
  | 'CREATE_TABLE_AS_SELECT'
  | 'DROP_TABLE'
  | 'ALTER_TABLE'
  | 'SCRIPT';

interface Token {
  readonly kind: 'text' | 'name' | 'word' | 'parameter' | 'other' | 'space';
  readonly text: string;
}

export interface Place {
  readonly project: string;
  /** For names of one part. */
  readonly dataset?: string | undefined;
}

const TOKEN =
  /(?<space>\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>[rRbB]?(?:"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))|`(?<name>[^`]*)`|@(?<parameter>\w+)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<other>[\s\S])/gu;

const WORDS: Readonly<Record<string, string>> = {
  SAFE_CAST: 'TRY_CAST',
  CURRENT_TIMESTAMP: 'now',
  BYTES: 'BLOB',
  BIGNUMERIC: 'NUMERIC(38,9)',
  NUMERIC: 'NUMERIC(38,9)',
  TIMESTAMP: 'TIMESTAMPTZ',
  DATETIME: 'TIMESTAMP',
  GENERATE_UUID: 'uuid',
};

export function readStatement(text: string, place: Place): Statement {
  const tokens = tokensOf(text).filter(({ kind }) => kind !== 'space');
  while (tokens.at(-1)?.text === ';') tokens.pop();
  const parameters = tokens.filter(({ kind }) => kind === 'parameter').map((one) => one.text);
  const tables: string[] = [];
  const parts: string[] = [];
  let position = 0;
  for (const [at, token] of tokens.entries()) {
    const before = tokens[at - 1];
    const after = tokens[at + 1];
    if (token.kind === 'name') {
      const path = pathIn(token.text, place);
      const isTable = path.length === 2 && before?.text !== '.';
      if (isTable) tables.push(path.join('.'));
      parts.push(path.map(quoted).join('.'));
    } else if (token.text === '?') {
      position += 1;
      parts.push(`$${position}`);
    } else if (token.kind === 'word') parts.push(wordOf(token, before, after));
    else if (token.kind === 'parameter') parts.push(`$${token.text}`);
    else if (token.kind === 'text') parts.push(literal(token.text));
    else parts.push(token.text);
  }
  const sql = joined(parts).replace(/\bIN UNNEST(?= \()/gi, '= ANY');
  const kind = kindOf(tokens);
  const target = kind === 'SELECT' ? undefined : tables[0];
  return { sql: dialect(sql, kind), kind, tables, target, parameters };
}

function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map((match) => {
    const found = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined);
    const [kind = 'other', value = ''] = found ?? [];
    return { kind: (kind === 'number' ? 'other' : kind) as Token['kind'], text: value };
  });
}

/** `project.dataset.table` without its project, `table` with the dataset that is meant. */
function pathIn(name: string, { project, dataset }: Place): readonly string[] {
  const parts = name.startsWith(`${project}.`) ? name.slice(project.length + 1) : name;
  const path = parts.split('.');
  return path.length === 1 && name !== parts && dataset !== undefined ? [dataset, parts] : path;
}

function wordOf(token: Token, before: Token | undefined, after: Token | undefined): string {
  const { text } = token;
  const upper = text.toUpperCase();
  if (before?.text === '.' || after?.text === '.') return text;
  // `* EXCEPT (a)` leaves columns out; elsewhere it is the difference of two sets.
  if (upper === 'EXCEPT' && before?.text === '*' && after?.text === '(') return 'EXCLUDE';
  // A column may be called as a type is.
  if (WORDS[upper] !== undefined && (after?.text === '(' || isTypePlace(before))) {
    return WORDS[upper];
  }
  return text;
}

function isTypePlace(before: Token | undefined): boolean {
  return before !== undefined && (/^(AS|TYPE)$/i.test(before.text) || before.kind === 'name');
}

/** With the escapes of the service read, and quoted as DuckDB does. */
function literal(text: string): string {
  const [, prefix = '', body = ''] = /^([rRbB]?)('''|"""|'|")?/.exec(text) ?? [];
  const inner = text.slice(prefix.length + body.length, text.length - body.length);
  const read = /r/i.test(prefix) ? inner : inner.replace(/\\(.)/gs, (_, one) => escaped(one));
  return `'${read.replaceAll("'", "''")}'`;
}

function escaped(one: string): string {
  return { n: '\n', t: '\t', r: '\r' }[one] ?? one;
}

function joined(parts: readonly string[]): string {
  return parts.join(' ').replace(/ ?\. ?/g, '.');
}

function kindOf(tokens: readonly Token[]): StatementKind {
  const words = tokens.map(({ text }) => text.toUpperCase());
  const end = words.indexOf(';');
  if (end >= 0) return 'SCRIPT';
  switch (words[0]) {
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'MERGE':
      return words[0];
    case 'TRUNCATE':
      return 'TRUNCATE_TABLE';
    case 'DROP':
      return 'DROP_TABLE';
    case 'ALTER':
      return 'ALTER_TABLE';
    case 'CREATE':
      return words.includes('SELECT') ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
    default:
      return 'SELECT';
  }
}

/** Words that one of the two wants and the other does not know. */
function dialect(sql: string, kind: StatementKind): string {
  if (kind === 'INSERT' && !/^INSERT\s+INTO\b/i.test(sql))
    return sql.replace(/^INSERT/i, 'INSERT INTO');
  if (kind === 'MERGE' && !/^MERGE\s+INTO\b/i.test(sql))
    return sql.replace(/^MERGE/i, 'MERGE INTO');
  if (kind === 'DELETE' && !/^DELETE\s+FROM\b/i.test(sql))
    return sql.replace(/^DELETE/i, 'DELETE FROM');
  // How a table is laid out does not change what is in it.
  if (kind.startsWith('CREATE')) {
    return sql.replace(
      /\b(?:CLUSTER|PARTITION) BY [^()]*?(?=\bAS\b|\bOPTIONS\b|$)|\bOPTIONS \(.*?\)/gis,
      '',
    );
  }
  return sql;
}
