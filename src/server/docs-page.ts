/**
 * The API for people: one page made from the OpenAPI document and the error table, complete without
 * scripts, fonts or requests to anywhere. `#error-CODE` is what `type` of a problem points to.
 */
import { createHash } from 'node:crypto';
import { ERROR_TABLE, type ErrorEntry } from '../base/error-table.ts';
import { DOCS_STYLE } from './docs-style.ts';
import type { JsonSchema, OpenapiDocument, Operation, Parameter } from './openapi.ts';
import { sampleOf } from './schema-sample.ts';
import { fieldsOf, typeOf } from './schema-words.ts';

export interface DocsPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

const STYLE_HASH = createHash('sha256').update(DOCS_STYLE).digest('base64');
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function docsPage(document: OpenapiDocument): DocsPage {
  const { info, tags } = document;
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const sections = tags.map(({ name }) => ({
    name,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(info.title)} API</title>
<style>${DOCS_STYLE}</style>
</head>
<body>
<nav aria-label="Contents">
<p><a href="#top">${escaped(info.title)} ${escaped(info.version)}</a></p>
${sections.map((section) => contents(section.name, section.entries)).join('\n')}
<p><a href="#errors">Errors</a></p>
</nav>
<main id="top">
<h1>${escaped(info.title)} API</h1>
${prose(info.description)}
<p>The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>
<h2>How to call it</h2>
<pre><code>export SLUICE_URL=http://127.0.0.1:7070
export SLUICE_KEY=sk_…    # sluice keys create
curl -H "Authorization: Bearer $SLUICE_KEY" $SLUICE_URL/v1/me</code></pre>
<p>A key goes into <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>. Its scope
is <code>read</code>, <code>run</code> (also starts and steers jobs) or <code>admin</code> (also
manages what belongs to the tenant). What belongs to another tenant is
answered as if it were not there.</p>
${sections.map((section) => group(section.name, section.entries, document)).join('\n')}
${errors()}
</main>
</body>
</html>
`;
  return { html, contentSecurityPolicy: POLICY };
}

function contents(name: string, entries: readonly Entry[]): string {
  const links = entries.map(
    ({ method, path, operation }) =>
      `<li><a href="#${operation.operationId}">` +
      `<b>${method.toUpperCase()}</b> ${escaped(path)}</a></li>`,
  );
  return `<h2>${escaped(name)}</h2>\n<ul>\n${links.join('\n')}\n</ul>`;
}

function group(name: string, entries: readonly Entry[], document: OpenapiDocument): string {
  const articles = entries.map((entry) => article(entry, document));
  return `<section>\n<h2>${escaped(name)}</h2>\n${articles.join('\n')}\n</section>`;
}

function article({ method, path, operation }: Entry, document: OpenapiDocument): string {
  const { operationId, summary, description = '', parameters, requestBody } = operation;
  const own = parameters.filter((parameter) => parameter.name !== 'Sluice-Tenant');
  return `<article id="${operationId}">
<h3><a href="#${operationId}"><b>${method.toUpperCase()}</b> ${code(path)}</a></h3>
<p class="summary">${escaped(summary)}.</p>
${prose(description)}
${own.length === 0 ? '' : table(['Parameter', 'In', 'Type', ''], own.map(parameterCells))}
${requestBody === undefined ? '' : bodyPart(requestBody.content, document)}
${answersPart(operation, document)}
<pre><code>${escaped(curl(method, path, operation, document))}</code></pre>
</article>`;
}

function parameterCells({ name, in: place, required, schema, description }: Parameter) {
  const type = typeOf(schema);
  const fallback = schema.default === undefined ? '' : `, default ${String(schema.default)}`;
  return [
    code(name),
    place,
    escaped(type + fallback + (required ? ', required' : '')),
    inline(description ?? ''),
  ];
}

function bodyPart(content: Content, document: OpenapiDocument): string {
  const parts = Object.entries(content).map(([mediaType, { schema }]) => {
    const rows = fieldRows(schema, document);
    return `<p>Body: ${code(mediaType)}</p>\n${rows.length === 0 ? '' : fieldTable(rows)}`;
  });
  return parts.join('\n');
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

function answersPart({ responses }: Operation, document: OpenapiDocument): string {
  const parts: string[] = [];
  const problems: string[] = [];
  for (const [status, answer] of Object.entries(responses)) {
    if ('$ref' in answer) {
      if (status !== 'default') problems.push(code(status));
      continue;
    }
    const types = Object.keys(answer.content ?? {})
      .map(code)
      .join(', ');
    parts.push(`<p>Answer ${code(status)}${types === '' ? '' : `: ${types}`}</p>`);
    for (const [name, header] of Object.entries(answer.headers ?? {})) {
      const { description = '' } = header as { readonly description?: string };
      parts.push(`<p>${code(name)}: ${inline(description)}</p>`);
    }
    for (const { schema } of Object.values(answer.content ?? {})) {
      const rows = fieldRows(schema, document);
      if (rows.length > 0)
        parts.push(`<details><summary>Fields</summary>${fieldTable(rows)}</details>`);
    }
  }
  if (problems.length > 0) parts.push(`<p>Problems: ${problems.join(', ')}</p>`);
  return parts.join('\n');
}

function fieldRows(schema: JsonSchema, { components }: OpenapiDocument): readonly string[][] {
  return fieldsOf(schema, components.schemas).map(({ name, type, required, description }) => [
    code(name),
    escaped(type + (required ? '' : ', optional')),
    inline(description),
  ]);
}

function fieldTable(rows: readonly (readonly string[])[]): string {
  return table(['Field', 'Type', ''], rows);
}

function curl(
  method: string,
  path: string,
  { parameters, requestBody, security }: Operation,
  { components }: OpenapiDocument,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema }) => `${name}=${String(sampleOf(schema, components.schemas))}`);
  const url = `"$SLUICE_URL${filled}${query.length === 0 ? '' : `?${query.join('&')}`}"`;
  const words = [method === 'get' ? 'curl' : `curl -X ${method.toUpperCase()}`];
  if (security.length > 0) words.push('-H "Authorization: Bearer $SLUICE_KEY"');
  const [mediaType, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  if (mediaType === 'application/json' && body !== undefined) {
    const sample = JSON.stringify(sampleOf(body.schema, components.schemas));
    words.push(`-H 'Content-Type: application/json' -d '${sample}'`);
  } else if (mediaType === 'multipart/form-data') words.push('-F file=@FILE');
  else if (mediaType !== undefined) words.push(`-H 'Content-Type: ${mediaType}' -T FILE`);
  return [...words, url].join(' ');
}

function errors(): string {
  const rows = Object.entries(ERROR_TABLE).map(([errorCode, entry]: [string, ErrorEntry]) => {
    const { status, sentence, hint } = entry;
    const cells = [code(errorCode), String(status), inline(sentence), inline(hint)];
    return `<tr id="error-${errorCode}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return `<section id="errors">
<h2>Errors</h2>
<p>A problem has <code>type</code> (a link to its line here), <code>title</code>,
<code>status</code>, <code>detail</code>, <code>code</code>, <code>hint</code> and
<code>requestId</code>. Codes are stable. Errors of single rows stand
on the row and are no answer.</p>
${wideTable(['Code', 'HTTP', 'What happened', 'What to do'], rows)}
</section>`;
}

/** Cells are HTML already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return wideTable(head, lines);
}

/** Of lines that are HTML already; wider than the page, it is scrolled alone. */
function wideTable(head: readonly string[], lines: readonly string[]): string {
  const names = head.map((name) => `<th>${escaped(name)}</th>`).join('');
  return `<div class="wide"><table><thead><tr>${names}</tr></thead><tbody>
${lines.join('\n')}
</tbody></table></div>`;
}

/** Paragraphs. */
function prose(text: string): string {
  return text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');
}

/** Text with `code` in it. */
function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
