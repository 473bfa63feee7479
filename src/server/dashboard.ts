/**
 * The dashboard's pages and files. One page serves all addresses; the files have their hash in
 * their name and are kept by browsers for good. The policy allows scripts, styles and requests
 * from here and nothing else: no inline script, nothing from elsewhere, no frame around it.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SluiceError } from '../base/errors.ts';
import type { ServerParts } from './parts.ts';
import { type Route, route } from './route.ts';

export interface DashboardFile {
  /** `/assets/NAME-HASH.js` */
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
}

export interface Dashboard {
  readonly html: string;
  readonly files: readonly DashboardFile[];
}

/** Addresses of pages, as Fastify writes them; the browser tells them apart. */
export const PAGES = [
  '/',
  '/jobs',
  '/jobs/:id',
  '/limits',
  '/accounts',
  '/failures',
  '/schedules',
  '/collections',
  '/leads',
  '/channels',
  '/new',
  '/performance',
  '/bench',
  '/nodes',
  '/settings',
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
} as const;
type Coding = keyof typeof compressors;
const CODINGS = Object.keys(compressors) as Coding[];

interface Shown extends DashboardFile {
  readonly tag: string;
  readonly coded: Partial<Record<Coding, Promise<Buffer>>>;
}

interface Shelf {
  readonly page: Shown;
  readonly files: ReadonlyMap<string, Shown>;
}

/** Not in the table of the API: these are for people, and open, since they hold nothing. */
export function dashboardRoutes(parts: Pick<ServerParts, 'dashboard'>): Route[] {
  let opening: Promise<Shelf> | undefined;
  const shelf = () => {
    opening ??= parts.dashboard().then(shelve, (error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const page = (path: string) =>
    route({
      id: `page:${path}`,
      method: 'GET',
      path,
      access: 'open',
      tag: 'Dashboard',
      summary: 'Show a page of the dashboard',
      answers: { 200: ['text/html'] },
      async handle({ request, reply }) {
        reply.header('content-security-policy', POLICY);
        reply.header('referrer-policy', 'same-origin');
        reply.header('cross-origin-opener-policy', 'same-origin');
        reply.header('cache-control', 'no-cache');
        return answer((await shelf()).page, request, reply);
      },
    });
  const asset = route({
    id: 'asset',
    method: 'GET',
    path: '/assets/:name',
    access: 'open',
    tag: 'Dashboard',
    summary: 'Give a file of the dashboard',
    params: z.strictObject({ name: z.string().max(200) }),
    answers: { 200: ['text/javascript', 'text/css', 'image/svg+xml'] },
    async handle({ params, request, reply }) {
      const path = `/assets/${params.name}`;
      const file = (await shelf()).files.get(path);
      if (file === undefined) throw new SluiceError('request.no_route', { method: 'GET', path });
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      return answer(file, request, reply);
    },
  });
  return [...PAGES.map(page), asset];
}

function shelve({ html, files }: Dashboard): Shelf {
  const shown = (file: DashboardFile): Shown => ({ ...file, tag: tagOf(file.bytes), coded: {} });
  const page = { path: '/', type: 'text/html; charset=utf-8', bytes: Buffer.from(html) };
  return {
    page: shown(page),
    files: new Map(files.map((file) => [file.path, shown(file)] as const)),
  };
}

async function answer(file: Shown, { headers }: FastifyRequest, reply: FastifyReply) {
  reply.header('etag', file.tag).header('vary', 'accept-encoding');
  if (headers['if-none-match'] === file.tag) return reply.code(304).send();
  reply.type(file.type);
  const accepted = String(headers['accept-encoding'] ?? '');
  const coding = CODINGS.find((each) => new RegExp(`\\b${each}\\b(?!;q=0)`).test(accepted));
  if (coding === undefined) return reply.send(file.bytes);
  // Once for all who ask.
  file.coded[coding] ??= compressors[coding](file.bytes);
  return reply.header('content-encoding', coding).send(await file.coded[coding]);
}

function tagOf(bytes: Buffer): string {
  return `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
}
