/**
 * Ways in which pages hide an address from harvesters while their own scripts show it:
 * Cloudflare's XOR, ROT13, base64, reversal, TYPO3's shifted mailto. Each returns '' where the
 * input is not of its kind.
 */

/** Cloudflare's hexadecimal string: the first byte is the XOR key of the rest, which is UTF-8. */
export function decodeCloudflare(hex: string): string {
  if (hex.length < 8 || hex.length > 1_024 || hex.length % 2 !== 0) return '';
  if (!/^[0-9a-f]+$/i.test(hex)) return '';
  const bytes = Buffer.from(hex, 'hex');
  const key = bytes[0]!;
  const plain = bytes.subarray(1).map((byte) => byte ^ key);
  return Buffer.from(plain).toString('utf8');
}

export function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** Text of a base64 string, or '' where it is none or not readable. */
export function decodeBase64(text: string): string {
  const bare = text.trim();
  if (bare.length < 8 || bare.length > 4_096 || !/^[\w+/-]+={0,2}$/.test(bare)) return '';
  const plain = Buffer.from(bare, 'base64').toString('utf8');
  return /^[\x20-\x7e\u00a0-\uffef]+$/.test(plain) ? plain : '';
}

export function reversed(text: string): string {
  return [...text].reverse().join('');
}

/** The ranges of characters that TYPO3 turns, each in itself. */
const TYPO3_RANGES = [
  [0x2b, 0x3a],
  [0x40, 0x5a],
  [0x61, 0x7a],
] as const;

/** TYPO3's `linkTo_UnCryptMailto` argument; the shift is not always told, so it is found out. */
export function decodeTypo3(text: string): string {
  if (text.length < 12 || text.length > 300) return '';
  for (let shift = 1; shift <= 26; shift++) {
    for (const offset of [-shift, shift]) {
      if (shifted(text.slice(0, 7), offset) === 'mailto:') return shifted(text, offset).slice(7);
    }
  }
  return '';
}

function shifted(text: string, offset: number): string {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    for (const [first, last] of TYPO3_RANGES) {
      if (code >= first && code <= last) {
        const size = last - first + 1;
        code = first + ((((code - first + offset) % size) + size) % size);
        break;
      }
    }
    out += String.fromCharCode(code);
  }
  return out;
}

/** Percent-decoded where that is possible, as it is otherwise. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}
