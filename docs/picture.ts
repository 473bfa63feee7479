/**
 * Turns a captured terminal (text with ANSI styles on standard input) into a picture:
 *
 *     tmux capture-pane -e -p -t demo | node docs/picture.ts > docs/run.svg
 */
const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const PADDING = 16;

const COLOURS: Readonly<Record<number, string>> = {
  31: '#f7768e',
  32: '#9ece6a',
  33: '#e0af68',
  34: '#7aa2f7',
  35: '#bb9af7',
  36: '#7dcfff',
};

interface Style {
  readonly colour: string | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PLAIN: Style = { colour: undefined, bold: false, dim: false };

/** The style after one SGR sequence such as `1;32`. */
function restyle(style: Style, sequence: string): Style {
  let next = style;
  for (const code of sequence.split(';').map(Number)) {
    if (code === 0) next = PLAIN;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 39) next = { ...next, colour: undefined };
    else if (COLOURS[code]) next = { ...next, colour: COLOURS[code] };
  }
  return next;
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function span(text: string, style: Style, column: number): string {
  const attributes = [
    `x="${(PADDING + column * CELL_WIDTH).toFixed(1)}"`,
    `textLength="${(text.length * CELL_WIDTH).toFixed(1)}"`,
    style.colour ? `fill="${style.colour}"` : '',
    style.bold ? 'font-weight="bold"' : '',
    style.dim ? 'opacity="0.6"' : '',
  ];
  return `<tspan ${attributes.filter(Boolean).join(' ')}>${xmlText(text)}</tspan>`;
}

/** One line; the style at its end goes on to the next. */
function line(text: string, start: Style, row: number): { svg: string; style: Style } {
  let style = start;
  let column = 0;
  const spans: string[] = [];
  for (const part of text.split(/(\x1b\[[\d;]*m)/)) {
    const sequence = /^\x1b\[([\d;]*)m$/.exec(part);
    if (sequence) style = restyle(style, sequence[1] as string);
    else if (part !== '') {
      spans.push(span(part, style, column));
      column += part.length;
    }
  }
  const y = PADDING + (row + 1) * LINE_HEIGHT - 5;
  return { svg: `<text y="${y}" xml:space="preserve">${spans.join('')}</text>`, style };
}

export function picture(capture: string): string {
  const lines = capture.replace(/\s+$/, '').split('\n');
  let style = PLAIN;
  const rows = lines.map((text, row) => {
    const drawn = line(text, style, row);
    style = drawn.style;
    return drawn.svg;
  });
  const columns = Math.max(...lines.map((text) => text.replaceAll(/\x1b\[[\d;]*m/g, '').length));
  const width = Math.ceil(columns * CELL_WIDTH + 2 * PADDING);
  const height = Math.ceil(lines.length * LINE_HEIGHT + 2 * PADDING);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}">
<title>A run of Sluice in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#1a1b26"/>
<g fill="#c0caf5" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
${rows.join('\n')}
</g>
</svg>
`;
}

let input = '';
for await (const chunk of process.stdin.setEncoding('utf8')) input += chunk;
process.stdout.write(picture(input));
