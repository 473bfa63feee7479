/** What an account of Telegram is, and whether it is let in. */
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import type { AccountService } from '../account-service.ts';

export const telegramSecret = z.object({
  /** As `exportSession` of mtcute writes it. */
  session: z.string().trim().min(20),
  apiId: z.coerce.number().int().positive(),
  apiHash: z
    .string()
    .trim()
    .regex(/^[0-9a-f]{32}$/i, 'not 32 hexadecimal digits'),
});
export type TelegramSecret = z.output<typeof telegramSecret>;

export const TELEGRAM = 'telegram';
/** Reading messages: what accounts are asked for. */
export const HISTORY = 'history';

/** `gateway`: where a stand-in takes the calls; undefined = Telegram itself. */
export function telegramService(gateway: string | undefined): AccountService<TelegramSecret> {
  return {
    name: TELEGRAM,
    secret: telegramSecret,
    secretHint: 'JSON with session (a string of mtcute), apiId and apiHash',
    async test(secret, { signal }) {
      const { openClient, describeRefusal } = await import('./telegram-client.ts');
      const client = await openClient(secret, gateway);
      try {
        const name = await client.ownName(signal);
        return { ok: true, detail: `It is let in as ${name}.`, name };
      } catch (error) {
        const refusal = describeRefusal(error);
        if (refusal === undefined) throw error;
        return { ok: false, detail: refusal || messageOf(error) };
      } finally {
        await client.close();
      }
    },
  };
}
