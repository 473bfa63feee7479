/** What the contenders of `pages` are told, and what they answer with. */
export interface PagesTask {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly pages: number;
  readonly concurrency: number;
}

export interface PagesDone {
  readonly pages: number;
  readonly titles: number;
  readonly emails: number;
  readonly links: number;
  readonly wallMs: number;
}

export const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;

export function readTask(): PagesTask {
  return JSON.parse(process.argv.at(-1) ?? '') as PagesTask;
}

export function pageUrl(task: PagesTask, n: number): string {
  return `${task.url}/page/${n}`;
}

export function tell(done: PagesDone): void {
  process.stdout.write(`${JSON.stringify(done)}\n`);
}
