/**
 * How people name some of a job's failures: by an error code, or by as much of a fingerprint as
 * tells one group from the others, with or without its class. What they give becomes a name that
 * the store knows: a code or a whole fingerprint.
 */
import { SluiceError } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';
import type { FailureGroup } from '../store/store.ts';
import { FAILURE_GROUPS_MAX } from '../store/store-rules.ts';

type Named = Pick<FailureGroup, 'fingerprint' | 'sample'>;

const NAMES_TOLD_MAX = 20;

/** Throws `usage.unknown` where nothing is meant, `usage.invalid` where more than one group is. */
export function chooseFailures(groups: readonly Named[], name: string, jobId: string): string {
  if (groups.some((group) => group.fingerprint === name || group.sample.code === name)) return name;
  const exact = groups.filter((group) => withoutClass(group) === name);
  const begun = groups.filter(
    (group) => group.fingerprint.startsWith(name) || withoutClass(group).startsWith(name),
  );
  const meant = exact.length > 0 ? exact : begun;
  if (meant.length === 1) return (meant[0] as Named).fingerprint;
  if (meant.length > 1) {
    const detail = `"${name}" begins several groups of failures: ${told(meant, groups)}`;
    throw new SluiceError('usage.invalid', { detail });
  }
  // Of more groups than are listed: the store may know it.
  if (groups.length >= FAILURE_GROUPS_MAX) return name;
  const near = nearest(
    name,
    groups.map((group) => group.sample.code),
  );
  throw new SluiceError('usage.unknown', {
    kind: `failure of job ${jobId}`,
    name: `"${name}"`,
    suggestion: `${near ? `Did you mean ${near}? ` : ''}There are: ${told(groups, groups)}.`,
  });
}

/** The shortest that names this group and no other: its code, or the first words that differ. */
export function shortFailureName(group: Named, groups: readonly Named[]): string {
  const others = groups.filter((other) => other.fingerprint !== group.fingerprint);
  if (others.every((other) => other.sample.code !== group.sample.code)) return group.sample.code;
  const own = withoutClass(group);
  const tails = others.map(withoutClass);
  if (tails.includes(own)) return group.fingerprint;
  const shared = Math.max(...tails.map((tail) => sharedLength(own, tail)));
  return own.slice(0, shared) + (/^\s*\S+/.exec(own.slice(shared))?.[0] ?? '');
}

/** How many of a group trying again may help: what came in wrong is mended where it comes from. */
export function retriableRowsOf({
  sample,
  count,
  refused,
}: Pick<FailureGroup, 'sample' | 'count' | 'refused'>): number {
  return sample.class === 'invalid' ? 0 : count - refused;
}

function told(some: readonly Named[], groups: readonly Named[]): string {
  const names = some.slice(0, NAMES_TOLD_MAX).map((group) => shortFailureName(group, groups));
  const more = some.length > names.length ? ` and ${some.length - names.length} more` : '';
  return names.join(', ') + more;
}

/** `code|message`: people see no class. */
function withoutClass({ fingerprint }: Named): string {
  return fingerprint.slice(fingerprint.indexOf('|') + 1);
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
