import { messageOf } from '../base/errors.ts';
import type { AccountService } from '../collectors/account-service.ts';
import type { Account } from '../model/account.ts';
import type { AccountBook } from './account-book.ts';

/**
 * An account's secret as its service takes it; undefined where the service does not: then it is set
 * aside. Throws where the key here does not open it. That is no fault of the account, which stays
 * as it is.
 */
export function secretFor(
  book: AccountBook,
  { id }: Account,
  service: AccountService | undefined,
): unknown {
  const raw = book.secretOf(id);
  try {
    return service === undefined ? raw : service.secret.parse(raw);
  } catch (error) {
    const reason = `Its secret cannot be used: ${messageOf(error).slice(0, 200)}`;
    book.change(id, (each) => ({ ...each, state: 'quarantined', reason }), true);
    return undefined;
  }
}
