/** The accounts of campaigns: logins of VICIdial servers, each bound to the server it is for. */
import { z } from 'zod';
import type { AccountService } from '../account-service.ts';
import { judgeExport } from './judge-export.ts';
import { authorization, formUrl, placeOf, type VicidialLogin } from './vicidial-requests.ts';

export const VICIDIAL = 'vicidial';

const secret = z.object({
  url: z
    .string()
    .max(500)
    .transform((text, ctx) => {
      const place = placeOf(text);
      if (place !== undefined) return place;
      ctx.addIssue({ code: 'custom', message: 'no address such as https://host/vicidial' });
      return z.NEVER;
    }),
  user: z.string().min(1).max(200),
  password: z.string().min(1).max(500),
});

export const vicidialService: AccountService<VicidialLogin> = {
  name: VICIDIAL,
  secret,
  secretHint: 'It is JSON: {"url": "https://host/vicidial", "user": "…", "password": "…"}.',
  async test(login, ctx) {
    const reply = await ctx.fetch(formUrl(login.url), {
      headers: { authorization: authorization(login) },
    });
    const { url, status, headers } = reply;
    const verdict = judgeExport({ url, status, headers, head: reply.text() }, login, ctx.nowMs());
    switch (verdict.kind) {
      case 'login':
        return { ok: false, detail: verdict.why };
      case 'fail':
        return { ok: false, detail: verdict.failure.message };
      default:
        return { ok: true, detail: 'It may export calls.', name: login.user };
    }
  },
};
