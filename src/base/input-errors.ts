/** The part of the error table about files that come in: as a whole, and row by row. */
import { type ErrorEntry, ROW, USAGE } from './error-kinds.ts';

export const INPUT_ERRORS = {
  'input.not_found': {
    ...USAGE,
    sentence: 'There is no file {path}.',
    hint: 'Check the path; it is taken from the current directory.',
  },
  'input.holds_secrets': {
    ...USAGE,
    sentence: '{input} has a column {column}: secrets do not go into the input of a job.',
    hint: '`sluice campaigns collect` keeps them encrypted as accounts, and so does `sluice campaigns import`, which writes a list without them for {collector}; by HTTP POST /v1/accounts/import does.',
  },
  'input.is_directory': {
    ...USAGE,
    sentence: '{path} is a directory, not a file.',
    hint: 'Name one file in it.',
  },
  'input.not_readable': {
    ...USAGE,
    sentence: '{path} cannot be read: {detail}.',
    hint: 'Check its owner and permissions.',
  },
  'input.corrupt': {
    ...USAGE,
    sentence: '{path} is damaged: {detail}.',
    hint: 'Its compression does not end well; fetch or make the file again.',
  },
  'input.bomb': {
    ...USAGE,
    sentence: '{name} grows to more than {times} times its size: it is no list.',
    hint: 'If it really is one, send it uncompressed.',
  },
  'input.empty': {
    ...USAGE,
    sentence: '{name} is empty.',
    hint: 'A list has a line of column names and one line a row.',
  },
  'input.binary': {
    ...USAGE,
    sentence: '{name} is not text: it looks like {kind}.',
    hint: 'Save it as CSV (UTF-8) and use that file.',
  },
  'input.encoding': {
    ...USAGE,
    sentence: '{name} cannot be read as {encoding}.',
    hint: 'Save it as UTF-8, or name its encoding: utf-8, utf-16le, windows-1252, shift_jis, …',
  },
  'input.json_array': {
    ...USAGE,
    sentence: '{name} is one JSON array, not JSON lines.',
    hint: 'Write one object a line, for example with jq -c ".[]".',
  },
  'input.no_header': {
    ...USAGE,
    sentence: 'The first line of {name} looks like a row, not like column names: {first}.',
    hint: 'Add a line with column names, or say that there is none: --no-header, or `header=false` by HTTP.',
  },
  'input.bad_header': {
    ...USAGE,
    sentence: 'The column names of {name} cannot be read: {detail}',
    hint: 'Mend the first line of the file; every row depends on it.',
  },
  'input.column_missing': {
    ...USAGE,
    sentence: '{name} has no column named {column}. It has: {columns}.',
    hint: '{suggestion}',
  },
  'input.column_needed': {
    ...USAGE,
    sentence: 'It is not clear which column of {name} holds the {what}. It has: {columns}.',
    hint: '{suggestion}',
  },
  'input.cell_too_large': {
    ...ROW,
    sentence: 'Line {line} has a cell of more than {limit}.',
    hint: 'The row is left out and kept in the output as it is; the others go on.',
  },
  'input.row_too_large': {
    ...ROW,
    sentence: 'Line {line} is longer than {limit}.',
    hint: 'The row is left out; CSV output keeps it as it is. The others go on.',
  },
  'input.unclosed_quote': {
    ...ROW,
    sentence: 'A quote that opens in line {line} is never closed.',
    hint: 'Close it, or double it where it belongs to the text. Reading went on with the next line.',
  },
  'input.nul_bytes': {
    ...ROW,
    sentence: 'Line {line} holds NUL bytes.',
    hint: 'The row is damaged or not text; the others go on.',
  },
  'input.invalid_json': {
    ...ROW,
    sentence: 'Line {line} is not valid JSON: {detail}.',
    hint: 'JSON lines hold one whole object a line.',
  },
  'input.not_object': {
    ...ROW,
    sentence: 'Line {line} is {kind}, not a JSON object.',
    hint: 'JSON lines hold one object a line, such as {"website":"example.com"}.',
  },

  'input.upload_broken': {
    ...USAGE,
    sentence: 'The upload of {name} broke off: {detail}.',
    hint: 'Send the file again as a new job; the results of the rows before stay in this one.',
  },
  'input.digest_mismatch': {
    ...USAGE,
    sentence:
      'What arrived of {name} is not what was sent: its SHA-256 is {sha256}, not {expected}.',
    hint: 'Send the file again as a new job; nothing more of this one is worked on.',
  },
  'input.too_large': {
    status: 413,
    exit: 2,
    sentence: '{name} is larger than the {limit} that are taken.',
    hint: 'Split it, or have the limit raised: the tenant’s, or SLUICE_UPLOAD_MAX of the server.',
  },
} as const satisfies Record<string, ErrorEntry>;
