/** `sluice leads lists …`: what leads are collected of, again and again. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { SluiceError, systemCode } from '../../base/errors.ts';
import type { LeadListImport, LeadListStanding } from '../../model/lead-list.ts';
import { type Api, listOf, withApi, withNewApi, withReadApi } from '../api.ts';
import { EXIT } from '../exit.ts';
import { wholeNumber } from '../option-values.ts';
import { printList, shortTime } from '../print-list.ts';
import type { Invocation, OwnFlags } from '../program.ts';
import { talk } from '../talk.ts';

type Args = readonly (string | undefined)[];

const PAGE = 1_000;
const REFUSED_SHOWN = 10;
const HEADER = ['LIST', 'NAME', 'SOURCE', 'TARGET', 'LEADS', 'STATE', 'LAST RUN (UTC)'];

export async function listLists(invocation: Invocation): Promise<number> {
  const all = await listOf(invocation, allLists);
  printList(invocation, all, HEADER, (list) => [
    list.id,
    list.name,
    list.source,
    list.target,
    String(list.leads),
    list.active ? list.state : `${list.state}, switched off`,
    shortTime(list.run?.startedMs),
  ]);
  return EXIT.ok;
}

/** Of the tenant, with where they stand. */
export async function allLists(api: Pick<Api, 'ask'>): Promise<readonly LeadListStanding[]> {
  const all: LeadListStanding[] = [];
  for (let after = ''; ; ) {
    const page = await api.ask<{ lists: readonly LeadListStanding[]; next?: string }>({
      method: 'GET',
      path: `/v1/lead-lists?limit=${PAGE}${after}`,
    });
    all.push(...page.lists);
    if (page.next === undefined) return all;
    after = `&after=${page.next}`;
  }
}

/** `sluice leads lists add followers @name`: prints the list's number. */
export function addList(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const [source, target] = args;
  const maxLeads = wholeNumber('--max-leads', own.maxLeads);
  const body = { source, target, name: own.name, maxLeads };
  return withNewApi(invocation, async (api) => {
    const request = { method: 'POST', path: '/v1/lead-lists', body } as const;
    const list = await api.ask<LeadListStanding>(request);
    if (flags.json) io.stdout.write(`${JSON.stringify(list)}\n`);
    else {
      io.stdout.write(`${list.id}\n`);
      talk(invocation, `List ${list.id}: ${list.name}.`);
    }
    return EXIT.ok;
  });
}

/** Ends with 3 where a row was refused. */
export async function importLists(invocation: Invocation, args: Args): Promise<number> {
  const { io, flags } = invocation;
  const [path = '-'] = args;
  const text = path === '-' ? await textOf(io.stdin) : await readText(resolve(io.cwd, path), path);
  const headers = { 'content-type': typeOf(path) };
  return withNewApi(invocation, async (api) => {
    const request = { method: 'POST', path: '/v1/lead-lists/import', text, headers } as const;
    const done = await api.ask<LeadListImport>(request);
    const { created, changed, same, refused } = done;
    if (flags.json) io.stdout.write(`${JSON.stringify(done)}\n`);
    else {
      for (const { message } of refused.slice(0, REFUSED_SHOWN)) io.stderr.write(`${message}\n`);
      const counts = [`${created} new`, `${changed} changed`, `${same} as before`];
      if (refused.length > 0) counts.push(`${refused.length} refused`);
      talk(invocation, `Lists: ${counts.join(', ')}.`);
    }
    return refused.length > 0 ? EXIT.failures : EXIT.ok;
  });
}

export function setList(invocation: Invocation, args: Args, own: OwnFlags): Promise<number> {
  const { io, flags } = invocation;
  const maxLeads = wholeNumber('--max-leads', own.maxLeads);
  const active = own.enable === true ? true : own.disable === true ? false : undefined;
  const body = { name: own.name, active, maxLeads: maxLeads === 0 ? null : maxLeads };
  return withApi(invocation, async (api) => {
    const request = { method: 'PATCH', path: listPath(args[0]), body } as const;
    const list = await api.ask<LeadListStanding>(request);
    if (flags.json) io.stdout.write(`${JSON.stringify(list)}\n`);
    else talk(invocation, `List ${list.id} is ${list.active ? 'on' : 'off'}.`);
    return EXIT.ok;
  });
}

export function removeList(invocation: Invocation, args: Args): Promise<number> {
  return withApi(invocation, async (api) => {
    await api.ask({ method: 'DELETE', path: listPath(args[0]) });
    talk(invocation, `Removed list ${args[0]}; the leads it brought stay.`);
    return EXIT.ok;
  });
}

export function showList(invocation: Invocation, args: Args): Promise<number> {
  const { io, flags } = invocation;
  return withReadApi(invocation, async (api) => {
    const list = await api.ask<LeadListStanding>({ method: 'GET', path: listPath(args[0]) });
    io.stdout.write(`${flags.json ? JSON.stringify(list) : linesOf(list).join('\n')}\n`);
    return EXIT.ok;
  });
}

function linesOf(list: LeadListStanding): readonly string[] {
  const { run, error, maxLeads, wholeMs } = list;
  return [
    `${list.id}  ${list.name}${list.active ? '' : '  switched off'}`,
    `  ${list.source} of ${list.target}${maxLeads === undefined ? '' : `, ${maxLeads} at most`}`,
    `  ${list.state}, ${list.leads} leads; read to its end ${shortTime(wholeMs)} UTC`,
    ...(run === undefined
      ? []
      : [
          `  last run ${shortTime(run.startedMs)} UTC (${run.end ?? 'goes on'}), job ${run.jobId}: ` +
            `${run.new} new, ${run.known} known, ${run.calls} calls` +
            (run.accounts.length > 0 ? ` with ${run.accounts.join(', ')}` : ''),
        ]),
    ...(error === undefined ? [] : [`  ${error.message} (${error.code})`]),
  ];
}

export function listPath(id: string | undefined): string {
  return `/v1/lead-lists/${encodeURIComponent(id ?? '')}`;
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'EISDIR') throw new SluiceError('input.is_directory', { path: name });
    throw new SluiceError('input.not_found', { path: name }, { cause: error });
  }
}

function typeOf(path: string): string {
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return 'application/x-ndjson';
  return /\.(?:tsv|tab)$/i.test(path) ? 'text/tab-separated-values' : 'text/csv';
}
