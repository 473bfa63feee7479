/** Rows as lists: what a file, the API or the stored lists may say of one. */
import { z } from 'zod';
import type { Failure } from '../../model/failure.ts';
import type { LaneKey } from '../../model/lane.ts';
import type { TaskSeed } from '../../model/task.ts';
import type { PlanContext, Source, SourceRow } from '../collector.ts';
import {
  isLeadSource,
  LEAD_SOURCES,
  type LeadSource,
  type LeadTarget,
  listKey,
  readTarget,
  targetWords,
} from './lead-source.ts';

/** A list as a task has it; plain JSON. */
export interface ListInput {
  /** Number of the stored list; '' = a row named the target itself. */
  readonly id: string;
  readonly name: string;
  readonly source: LeadSource;
  readonly target: LeadTarget;
  /** What the tenant keeps of it, it keeps under this name. */
  readonly key: string;
  readonly tenant: string;
  readonly leadsMax?: number;
  readonly active: boolean;
}

/** Checked where it is made: what waits in the store is taken as it is. */
export const listInput = z.custom<ListInput>((value) => typeof value === 'object');

export const LEADS_MAX = 100_000_000;
const NAME_CHARS_MAX = 200;
const YES = ['', '1', 'true', 'yes', 'on', 'y'];
const NO = ['0', 'false', 'no', 'off', 'n'];

/** One task at a time reads a list, whatever job it is of. */
export const leadListLane = ({ tenant, key }: ListInput): LaneKey => `lead-list:${tenant}/${key}`;
export const isLeadListLane = (lane: LaneKey): boolean => lane.startsWith('lead-list:');

/** One seed a row; `otherwise` is the source of rows that name none. */
export async function* planLists(
  source: Source,
  otherwise: LeadSource,
  { tenant }: Pick<PlanContext, 'tenant'>,
): AsyncGenerator<TaskSeed<ListInput>> {
  for await (const row of source.rows()) {
    if (row.damage) {
      yield { reject: row.damage };
      continue;
    }
    const read = readList(cellsOf(row, source.column), otherwise, tenant);
    if ('problem' in read) yield { reject: refusal(row.line, read.problem) };
    else yield { input: read, key: read.key };
  }
}

export type ListCells = Readonly<Record<string, string>>;

/** A row's cells by column, where `Max leads` and `max_leads` are one. */
export function cellsOf(
  { fields, cells }: Pick<SourceRow, 'fields' | 'cells'>,
  column?: string,
): ListCells {
  const named = Object.entries(fields).map(([name, value]): readonly [string, string] => [
    tidy(name),
    textCell(value),
  ]);
  const found: Record<string, string> = Object.fromEntries(named);
  const chosen = column === undefined ? undefined : textCell(fields[column]);
  const target =
    chosen ?? found.target ?? found.value ?? (named.length === 1 ? cells[0] : undefined);
  return target === undefined ? found : { ...found, target };
}

function tidy(name: string): string {
  const snake = name.trim().replace(/([a-z])([A-Z])/g, '$1_$2');
  return snake.toLowerCase().replace(/[\s-]+/g, '_');
}

/** A list, or the end of a sentence that says why it is none. */
export function readList(
  cells: ListCells,
  otherwise: LeadSource,
  tenant: string,
): ListInput | { readonly problem: string } {
  const source = (cells.source ?? '').trim().toLowerCase() || otherwise;
  if (!isLeadSource(source)) {
    return { problem: `the source ${source} is none of ${LEAD_SOURCES.join(', ')}` };
  }
  const target = readTarget(source, cells.target ?? '');
  if ('problem' in target) return { problem: `as a target, ${target.problem}` };
  const leadsMax = readMax(cells.max_leads ?? '');
  if (typeof leadsMax === 'object') return leadsMax;
  const active = (cells.active ?? '').trim().toLowerCase();
  if (!YES.includes(active) && !NO.includes(active)) {
    return { problem: `active is yes or no, not ${active}` };
  }
  const name = (cells.name ?? '').trim().slice(0, NAME_CHARS_MAX);
  return {
    id: (cells.id ?? cells.list_id ?? '').trim(),
    name: name || `${source} of ${targetWords(target)}`.slice(0, NAME_CHARS_MAX),
    source,
    target,
    key: listKey(source, target),
    tenant,
    ...(leadsMax === undefined ? {} : { leadsMax }),
    active: !NO.includes(active),
  };
}

function readMax(cell: string): number | undefined | { readonly problem: string } {
  const text = cell.trim().replaceAll(/[,_ ]/g, '');
  if (text === '' || text === '0') return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count <= LEADS_MAX) return count;
  return { problem: `max_leads is a whole number up to ${LEADS_MAX}, not ${cell}` };
}

function textCell(value: unknown): string {
  return typeof value === 'string' ? value : value == null ? '' : String(value);
}

function refusal(line: number, problem: string): Failure {
  return {
    class: 'invalid',
    code: 'leads.row_invalid',
    message: `Line ${line} is no list: ${problem}.`,
    hint: 'A row has a source (followers, following, list, search) and a target.',
  };
}
