/** Reads a directory of labelled pages: HTML files and `labels.jsonl`, one page a line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LabelledPage {
  readonly page: string;
  readonly url: string;
  readonly html: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Pages in the order of `labels.jsonl`; a page without URL is read as one of no known site. */
export function readLabelledPages(directory: string): LabelledPage[] {
  const lines = readFileSync(join(directory, 'labels.jsonl'), 'utf8').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { page, url, labels } = JSON.parse(line);
      const html = readFileSync(join(directory, page), 'utf8');
      return { page, url: url || 'http://unknown.invalid/', html, labels: labels ?? {} };
    });
}

/** Letters and digits only, lower case, accents folded. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/&amp;|&/g, ' and ')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\d]+/gu, ' ')
    .trim();
}
