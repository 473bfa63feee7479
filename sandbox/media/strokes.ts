/** Capital letters and digits as strokes, so that words can be drawn where no font is installed. */

/** Lines on a grid of 4 by 6; each part is one stroke. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '06 20 46|14 34',
  B: '06 00 30 42 33 03|33 44 45 36 06',
  C: '41 30 10 01 05 16 36 45',
  D: '00 06 26 44 42 20 00',
  E: '40 00 06 46|03 33',
  F: '40 00 06|03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06|40 46|03 43',
  I: '20 26',
  K: '00 06|40 03 46',
  L: '00 06 46',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  R: '06 00 30 41 42 33 03|23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40|20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 23 36 40',
  Y: '00 23 40|23 26',
};

/** Letters that can be drawn. */
export const LETTERS: ReadonlySet<string> = new Set([...Object.keys(GLYPHS), ' ']);

const ADVANCE = 6;

export interface Strokes {
  /** The path data of an SVG. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

/** A line of text, `unit` pixels a step of the grid. Throws RangeError for other letters. */
export function strokesOf(text: string, unit: number): Strokes {
  const parts: string[] = [];
  for (const [at, letter] of [...text].entries()) {
    if (letter === ' ') continue;
    const glyph = GLYPHS[letter];
    if (glyph === undefined) throw new RangeError(`there are no strokes for ${letter}`);
    for (const stroke of glyph.split('|')) {
      const points = stroke
        .split(' ')
        .map(([x, y]) => `${(at * ADVANCE + Number(x)) * unit} ${Number(y) * unit}`);
      parts.push(`M${points.join(' L')}`);
    }
  }
  return { path: parts.join(' '), width: text.length * ADVANCE * unit, height: 6 * unit };
}
