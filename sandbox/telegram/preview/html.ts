/** Text into the HTML of the preview. */

/** Escapes as the service does: apostrophes and exclamation marks too. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('!', '&#33;');
}

/** Emoji are little pictures whose letters stand inside. */
export function withEmoji(text: string): string {
  let found = '';
  let at = 0;
  for (const match of text.matchAll(EMOJI)) {
    found += lines(text.slice(at, match.index)) + emojiImage(match[0]);
    at = match.index + match[0].length;
  }
  return found + lines(text.slice(at));
}

export function emojiImage(emoji: string): string {
  const code = Buffer.from(emoji.replaceAll('\uFE0F', ''), 'utf8').toString('hex').toUpperCase();
  const image = `//telegram.org/img/emoji/40/${code}.png`;
  return `<i class="emoji" style="background-image:url('${image}')"><b>${emoji}</b></i>`;
}

/** Escaped text without emoji, line breaks as elements. */
export function lines(text: string): string {
  return escaped(text).replaceAll('\n', '<br/>');
}

const EMOJI =
  /\p{RI}\p{RI}|\p{Extended_Pictographic}\uFE0F?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*/gu;
