/** The part of the error table about lists of leads. */
import { CONFLICT, type ErrorEntry, MISSING, USAGE } from './error-kinds.ts';

export const LEAD_ERRORS = {
  'lead_list.not_found': {
    ...MISSING,
    sentence: 'There is no lead list {id}.',
    hint: '`sluice leads lists ls`, or GET /v1/lead-lists, lists them.',
  },
  'lead_list.none': {
    ...USAGE,
    sentence: 'There is no lead list to collect: {detail}.',
    hint: '`sluice leads lists add followers @NAME`, or POST /v1/lead-lists, adds one, `sluice leads lists import FILE` many; `sluice leads lists set LIST --enable` switches one on.',
  },
  'lead_list.invalid': {
    ...USAGE,
    sentence: 'This is no lead list: {detail}.',
    hint: 'A list has a source (followers, following, list, search) and a target, such as @name.',
  },
  'lead_list.exists': {
    ...CONFLICT,
    sentence: 'List {id} has this source and target already.',
    hint: 'Change that one with PATCH /v1/lead-lists/{id}, or collect it (`sluice leads collect`, POST /v1/lead-lists/collect).',
  },
  'lead_list.too_many': {
    ...CONFLICT,
    sentence: 'A tenant has {max} lead lists at most.',
    hint: 'Remove some with `sluice leads lists rm`, or DELETE /v1/lead-lists/ID; what they brought stays.',
  },
} as const satisfies Record<string, ErrorEntry>;
