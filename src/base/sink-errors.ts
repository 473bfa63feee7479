/**
 * The part of the error table that is about destinations which records are delivered to. What is
 * `transient` is tried again for ever, later and later; anything else stops the delivery to that
 * destination until somebody has mended it.
 */
import { BROKEN, CONFLICT, type ErrorEntry, MISSING, USAGE } from './error-kinds.ts';

interface SinkErrorEntry extends ErrorEntry {
  readonly transient: boolean;
}

const PASSING = { ...BROKEN, transient: true } as const;
const LASTING = { ...CONFLICT, transient: false } as const;

export const SINK_ERRORS = {
  'sink.invalid': {
    ...USAGE,
    transient: false,
    sentence: 'Records cannot be delivered to {place}: {detail}.',
    hint: 'docs/deliver.md shows the address of each kind of destination.',
  },
  'sink.not_allowed': {
    status: 403,
    exit: 2,
    transient: false,
    sentence: 'Records may not be delivered to {place} with this key.',
    hint: 'Name one of the destinations of this server ({names}); other places need an admin key of the server.',
  },
  'sink.not_found': {
    ...MISSING,
    transient: false,
    sentence: 'Job {id} has no delivery {name}.',
    hint: '`sluice jobs show {id}`, or GET /v1/jobs/{id}/deliveries, lists its deliveries.',
  },
  'sink.unavailable': {
    ...PASSING,
    sentence: '{place} cannot be reached: {detail}.',
    hint: 'Nothing is lost: what waits is delivered as soon as it answers.',
  },
  'sink.busy': {
    ...PASSING,
    sentence: '{place} asks to wait: {detail}.',
    hint: 'Nothing is lost: what waits is delivered later.',
  },
  'sink.failed': {
    ...PASSING,
    sentence: '{place} failed: {detail}.',
    hint: 'Nothing is lost: it is tried again, later and later.',
  },
  'sink.full': {
    ...PASSING,
    sentence: 'There is no space left in {place}.',
    hint: 'Nothing is lost: free some space, and what waits is delivered.',
  },
  'sink.refused': {
    ...LASTING,
    sentence: '{place} refuses: {detail}.',
    hint: 'Check the address, its user and rights; then deliver to it again: it goes on where it stopped.',
  },
  'sink.credentials': {
    ...LASTING,
    sentence: '{place} cannot be used without credentials: {detail}.',
    hint: 'docs/deliver.md says where they come from. Then deliver to it again: it goes on where it stopped.',
  },
  'sink.misfit': {
    ...LASTING,
    sentence: 'Column {column} of {place} is of type {found} and cannot hold {type}.',
    hint: 'Change the column there, or deliver to another table; it goes on where it stopped.',
  },
} as const satisfies Record<string, SinkErrorEntry>;
