/** What each site answers to `/robots.txt`, and which of its pages that closes. */
import type { Site } from './site.ts';

/** Seconds that the crawl-delay site asks for. */
export const CRAWL_DELAY_SECONDS = 1;

export interface RobotsAnswer {
  readonly status: number;
  readonly body: string;
  /** Where a redirect points, or ''. */
  readonly location: string;
}

/** The answer to `/robots.txt`, or to the place that a site has moved it to. */
export function robotsAnswer(site: Site, path: string): RobotsAnswer {
  const closed = `User-agent: *\nDisallow: ${site.paths.contact ?? '/contact'}\n`;
  switch (site.behaviour) {
    case 'robots-disallow-all':
      return rules('User-agent: *\nDisallow: /\n');
    case 'robots-disallow-contact':
      return rules(`# keep out\n${closed}Allow: /\n`);
    case 'robots-bom':
      return rules(`\ufeff${closed}`);
    case 'robots-huge':
      return rules(closed + '# nothing to see in this line\n'.repeat(20_000));
    case 'robots-crawl-delay':
      return rules(`User-agent: *\nCrawl-delay: ${CRAWL_DELAY_SECONDS}\n`);
    case 'robots-others':
      return rules('User-agent: OtherBot\nDisallow: /\n\nUser-agent: *\nDisallow:\n');
    case 'robots-403':
      return { status: 403, body: 'forbidden\n', location: '' };
    case 'robots-500':
      return { status: 500, body: 'internal error\n', location: '' };
    case 'robots-redirect':
      return path === MOVED_ROBOTS
        ? rules(closed)
        : { status: 301, body: '', location: MOVED_ROBOTS };
    case 'ordinary':
      return ordinary(site);
    default:
      return MISSING;
  }
}

/** Where one site keeps its rules. */
export const MOVED_ROBOTS = '/rules/robots.txt';

/** Whether robots.txt closes this path. */
export function robotsClose(site: Site, path: string): boolean {
  switch (site.behaviour) {
    case 'robots-disallow-all':
    case 'robots-500':
      return true;
    case 'robots-disallow-contact':
    case 'robots-bom':
    case 'robots-huge':
    case 'robots-redirect':
      return site.paths.contact !== undefined && path.startsWith(site.paths.contact);
    default:
      return false;
  }
}

const MISSING: RobotsAnswer = { status: 404, body: 'not found\n', location: '' };

function ordinary(site: Site): RobotsAnswer {
  if (site.index % 3 === 0) return MISSING;
  return site.index % 3 === 1
    ? rules('User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n')
    : rules(`User-agent: *\nDisallow: /cart\n\nSitemap: http://${site.host}/sitemap.xml\n`);
}

function rules(body: string): RobotsAnswer {
  return { status: 200, body, location: '' };
}
