/** Numbers as a page shows them: `873`, `12 345`, `4.02K`, `1.44M`, `1:02:03`, `2.5 MB`. */
import type { ShownCount } from './message.ts';

const FACTORS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

export function readCount(text: string): ShownCount | undefined {
  const match = /^(\d+(?:[.,]\d+)?)\s?([KMB])$/i.exec(text.trim());
  if (match) {
    const factor = FACTORS[(match[2] as string).toUpperCase()] as number;
    const shown = Number((match[1] as string).replace(',', '.'));
    return { count: Math.round(shown * factor), approximate: true };
  }
  const digits = text.replace(/[\s\u00a0\u202f',.]/g, '');
  if (!/^\d{1,15}$/.test(digits)) return undefined;
  return { count: Number(digits), approximate: false };
}

/** Seconds of `0:07`, `12:30` or `1:02:03`. */
export function readDuration(text: string): number | undefined {
  if (!/^\d+(?::\d{1,2}){1,2}$/.test(text.trim())) return undefined;
  return text
    .trim()
    .split(':')
    .reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** Bytes of `2.5 MB`. */
export function readSize(text: string): number | undefined {
  const match = /^(\d+(?:[.,]\d+)?)\s*(B|KB|MB|GB)$/i.exec(text.trim());
  if (!match) return undefined;
  const factor = BYTES[(match[2] as string).toUpperCase()] as number;
  return Math.round(Number((match[1] as string).replace(',', '.')) * factor);
}
