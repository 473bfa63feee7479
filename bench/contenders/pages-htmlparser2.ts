/**
 * The leanest usual way: undici with keep-alive, a streaming parser, title, e-mails and links, and
 * nothing stored. As many loops as requests at once.
 */
import { Parser } from 'htmlparser2';
import { Agent, request } from 'undici';
import { EMAIL, pageUrl, readTask, tell } from './pages-task.ts';

const task = readTask();
const agent = new Agent({ connections: task.concurrency, pipelining: 1 });
const counts = { titles: 0, emails: 0, links: 0 };

interface Found {
  title: string;
  readonly emails: Set<string>;
  readonly links: string[];
}

async function extract(url: string): Promise<Found> {
  const found: Found = { title: '', emails: new Set(), links: [] };
  let text = '';
  let inTitle = false;
  let hidden = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === 'title') inTitle = true;
      else if (name === 'script' || name === 'style') hidden += 1;
      else if (name === 'a' && attributes.href !== undefined) {
        found.links.push(attributes.href);
        if (attributes.href.startsWith('mailto:')) found.emails.add(attributes.href.slice(7));
      }
    },
    ontext(piece) {
      if (inTitle) found.title += piece;
      else if (hidden === 0) text += piece;
    },
    onclosetag(name) {
      if (name === 'title') inTitle = false;
      else if (name === 'script' || name === 'style') hidden -= 1;
    },
  });
  const { body } = await request(url, { dispatcher: agent });
  body.setEncoding('utf8');
  for await (const chunk of body) parser.write(chunk as string);
  parser.end();
  for (const email of text.match(EMAIL) ?? []) found.emails.add(email);
  return found;
}

let next = 0;
async function loop(): Promise<void> {
  while (next < task.pages) {
    const found = await extract(pageUrl(task, next++));
    if (found.title !== '') counts.titles += 1;
    counts.emails += found.emails.size;
    counts.links += found.links.length;
  }
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: task.concurrency }, loop));
const wallMs = performance.now() - startedMs;
await agent.close();
tell({ pages: task.pages, ...counts, wallMs });
