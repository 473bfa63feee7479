/** An account as somebody gives it: whether its secret is what its service takes. */
import type { ZodError } from 'zod';
import { SluiceError } from '../base/errors.ts';
import type { AccountService } from '../collectors/account-service.ts';

export interface AccountDraft {
  readonly service: string;
  readonly name: string;
  /** What the service's schema takes, or JSON text of it. */
  readonly secret: unknown;
}

/** Parts of the secret that are not there at all, by their names. */
export class MissingParts extends SluiceError {
  readonly parts: readonly string[];

  constructor({ service, name }: AccountDraft, parts: readonly string[], suggestion: string) {
    super('account.secret_missing', { service, name, parts: parts.join(' and no '), suggestion });
    this.parts = parts;
  }
}

type Issues = ZodError['issues'];

/**
 * As it is kept: what the schema takes, given as data or as its JSON text. Throws
 * `account.secret_invalid`, or `account.secret_missing` as `MissingParts`.
 */
export function secretIn(draft: AccountDraft, service: AccountService): unknown {
  const { secret, name } = draft;
  const first = service.secret.safeParse(secret);
  if (first.success) return secret;
  const parsed = typeof secret === 'string' ? jsonIn(secret) : undefined;
  if (parsed !== undefined && service.secret.safeParse(parsed).success) return parsed;
  const { error } = parsed === undefined ? first : service.secret.safeParse(parsed);
  const issues = error?.issues ?? [];
  const suggestion = service.secretHint ?? `See what collector works with ${draft.service}.`;
  const missing = missingIn(parsed ?? secret, issues);
  if (missing.length > 0) throw new MissingParts(draft, missing, suggestion);
  const [issue] = issues;
  // Its path and message, and never what was given.
  const where = issue?.path.map(String).join('.') ?? '';
  const detail = `${where === '' ? 'it' : where} is no good (${issue?.message ?? 'invalid'})`;
  throw new SluiceError('account.secret_invalid', { name, detail, suggestion });
}

/** Of a schema that takes this or that, what the first of them lacks. */
function missingIn(secret: unknown, issues: Issues): readonly string[] {
  if (typeof secret !== 'object' || secret === null) return [];
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') return missingIn(secret, issue.errors[0] ?? []);
    const [part] = issue.path;
    const isThere = issue.path.length !== 1 || Object.hasOwn(secret, part as string);
    return isThere ? [] : [String(part)];
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
