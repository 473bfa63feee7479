/** The accounts of X: a bearer token each, of an app or of a user. */
import { z } from 'zod';
import { hideSecrets } from '../../base/hide-secrets.ts';
import type { AccountService, AccountTest, ServiceContext } from '../account-service.ts';
import { userIn } from './x-body.ts';
import { judge, type Verdict } from './x-judge.ts';
import { meUrl, userUrl } from './x-requests.ts';

export interface XSecret {
  readonly token: string;
}

const token = z
  .string()
  .transform((text) => text.trim().replace(/^bearer\s+/i, ''))
  .pipe(z.string().regex(/^[\x21-\x7e]{1,2000}$/, 'a bearer token has no spaces'));

const secret: z.ZodType<XSecret> = z.union([
  z.object({ token }),
  token.transform((text) => ({ token: text })),
]);

/** A name that is there, for tokens that have no user to ask for. */
const KNOWN_NAME = 'x';

export function xService(base: string): AccountService<XSecret> {
  return {
    name: 'x',
    secret,
    secretHint: 'a bearer token of X’s API v2',
    async test(given, ctx): Promise<AccountTest> {
      const me = await ask(meUrl(base), given, ctx, 'the account itself');
      if (me.kind === 'ok') {
        const name = userIn(me.body)?.username;
        const known = typeof name === 'string' && name !== '';
        if (known) return { ok: true, detail: `X knows it as @${name}.`, name };
        return { ok: true, detail: 'X lets it in.' };
      }
      if (me.kind !== 'barred') return told(me);
      // An app's token is nobody's: any lookup says whether it is let in.
      const lookup = await ask(userUrl(base, KNOWN_NAME), given, ctx, `@${KNOWN_NAME}`);
      const absent = lookup.kind === 'fail' && lookup.failure.class === 'gone';
      if (lookup.kind === 'ok' || absent) {
        return { ok: true, detail: 'X lets it in, as an app and not as a user.' };
      }
      return told(lookup);
    },
  };
}

async function ask(url: URL, given: XSecret, ctx: ServiceContext, what: string): Promise<Verdict> {
  const reply = await ctx.fetch(url, {
    headers: { authorization: `Bearer ${given.token}`, accept: 'application/json' },
    anyStatus: true,
    robots: false,
    redirectsMax: 0,
  });
  return judge({ ...reply, text: saidBy(reply, given) }, what, ctx.nowMs());
}

/** The text of an answer; where it is a refusal, without the token that it may say back. */
export function saidBy(
  { status, text }: { readonly status: number; text(): string },
  { token: given }: XSecret,
): string {
  return status < 400 ? text() : hideSecrets(text(), given);
}

function told(verdict: Exclude<Verdict, { kind: 'ok' }>): AccountTest {
  switch (verdict.kind) {
    case 'rest':
      return { ok: true, detail: 'X lets it in, but asks for patience at this moment.' };
    case 'quarantine':
    case 'barred':
      return { ok: false, detail: verdict.why };
    case 'fail':
      return { ok: false, detail: verdict.failure.message };
    case 'lost':
      return { ok: false, detail: 'X does not take the question.' };
  }
}
