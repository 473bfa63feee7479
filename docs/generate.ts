/**
 * Writes the references that come from the code: settings, errors,
 * commands and the HTTP API. `npm run docs`
 * writes them, `test/docs.test.ts` fails while they are out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERROR_TABLE, type ErrorEntry } from '../src/base/error-table.ts';
import { SETTINGS, type Setting, type SettingName } from '../src/model/settings.ts';
import { openapiDocument } from '../src/server/openapi.ts';
import type { ServerParts } from '../src/server/parts.ts';
import { allRoutes } from '../src/server/routes.ts';
import { commandReference } from './command-reference.ts';

const PACKAGE = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Generated documents by their path below `docs/`. */
export async function references(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['cli.md', await commandReference()],
    ['config.md', configReference()],
    ['errors.md', errorReference()],
    ['openapi.json', openapiReference()],
  ]);
}

function configReference(): string {
  const rows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const setting: Setting<unknown> = SETTINGS[name] as Setting<unknown>;
    const fallback = setting.default === '' ? '(empty)' : `\`${setting.default}\``;
    const env = setting.env.map((variable) => `\`${variable}\``).join(', ');
    return `| \`${name}\` | ${fallback} | ${setting.unit} | ${env} | ${setting.sentence} |`;
  });
  return `# Settings

<!-- Made by \`npm run docs\` from src/model/settings.ts. Do not edit. -->

A value comes from its default, the configuration file (\`sluice.json\` in the current directory, or
\`--config FILE\`), the environment or a flag; the later wins. \`sluice config print\` shows each value
and where it came from, \`sluice config check\` checks them. Every command warns of variables that begin with
\`SLUICE_\` and belong to no setting, and of other ones that look mistyped.

Keys of the file are the names below. Each environment variable is one as well, as it stands or without
\`SLUICE_\` in the file's spelling: \`MAX_WORKERS\` and \`maxWorkers\` are \`jobsMax\`. An unknown key is refused, and
so is a setting by two names.

\`\`\`json
{ "hostRate": "5/s", "retries": 5, "requestTimeoutMs": "8s", "allowHosts": ["intranet.example"] }
\`\`\`

Durations are written \`500ms\`, \`10s\`, \`5m\`, \`2h\`, \`1h30m\`, or as a number of seconds; sizes
\`512kB\`, \`4MiB\`, or as a number of bytes; rates \`5/s\`, \`300/min\`, \`10/2s\`.

| name | default | written as | environment | meaning |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** Only handlers work with the server's parts; the table of routes is there without. */
function openapiReference(): string {
  const document = openapiDocument(allRoutes({} as ServerParts), PACKAGE.version);
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

function errorReference(): string {
  const rows = Object.entries(ERROR_TABLE).map(([code, entry]: [string, ErrorEntry]) => {
    const { sentence, hint, exit, status } = entry;
    return `| \`${code}\` | ${tableCell(sentence)} | ${tableCell(hint)} | ${exit} | ${status} |`;
  });
  return `# Errors

<!-- Made by \`npm run docs\` from src/base/error-table.ts. Do not edit. -->

Every error that a user can meet. Codes are stable; sentences may be improved. Errors with exit code 3
are met by single rows: they stand in the row's \`error\` cell and never end a command. A row may also
fail with \`http.<status>\`, such as \`http.404\`, with \`contacts.<reason>\`, and with what a collector of
your own throws.

| code | sentence | what to do | exit | HTTP |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** Keeps table cells in their cells and placeholders from being read as HTML. */
function tableCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await references()) {
    writeFileSync(new URL(path, import.meta.url), text);
  }
}
