/** What a file that is no text begins with, so that a user learns what was handed in by mistake. */
const SIGNS: readonly (readonly [string, string])[] = [
  ['504b0304', 'an Excel workbook or another zip file'],
  ['504b0506', 'an empty zip file'],
  ['d0cf11e0a1b11ae1', 'an old Excel workbook'],
  ['25504446', 'a PDF'],
  ['53514c69746520666f726d6174', 'an SQLite database'],
  ['89504e47', 'a PNG image'],
  ['ffd8ff', 'a JPEG image'],
  ['47494638', 'a GIF image'],
  ['7f454c46', 'a program'],
  ['4d5a', 'a program'],
  ['28b52ffd', 'a zstd archive'],
  ['fd377a585a00', 'an xz archive'],
  ['425a68', 'a bzip2 archive'],
  ['377abcaf271c', 'a 7z archive'],
  ['52617221', 'a RAR archive'],
  ['50415231', 'a Parquet file'],
];

/** Share of control characters and of lines with one, above both of which a file is no text. */
const CONTROL_SHARE_MAX = 0.05;
const CONTROL_LINES_MAX = 0.5;
/** The same for files that begin with a known sign, some of which could also begin a text. */
const SIGN_CONTROL_SHARE_MAX = 0.005;

/** What kind of binary file begins with these bytes; undefined for text. Not for UTF-16. */
export function binaryKind(sample: Buffer): string | undefined {
  let control = 0;
  let lines = 1;
  let controlLines = 0;
  let lineControl = 0;
  for (const byte of sample) {
    if (byte === 10 || byte === 13) {
      lines += 1;
      if (lineControl > 0) controlLines += 1;
      lineControl = 0;
    } else if (byte < 0x20 && byte !== 9 && byte !== 12) {
      control += 1;
      lineControl += 1;
    }
  }
  if (lineControl > 0) controlLines += 1;
  const hex = sample.toString('hex', 0, 16);
  const sign = SIGNS.find(([start]) => hex.startsWith(start));
  if (sign !== undefined && control > sample.length * SIGN_CONTROL_SHARE_MAX) return sign[1];
  const binary =
    control > sample.length * CONTROL_SHARE_MAX && controlLines > lines * CONTROL_LINES_MAX;
  return binary ? 'a binary file' : undefined;
}
