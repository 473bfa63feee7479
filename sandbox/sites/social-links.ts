/** The links to a firm's own profiles, as icons. */
import { escapeHtml } from './html-text.ts';
import type { Site } from './site.ts';

/** The links to the firm's own profiles; '' where it has none. */
export function writeSocials(site: Site): string {
  if (site.socials.length === 0) return '';
  const links = site.socials.map(
    (each) =>
      `<a class="social ${each.network}" href="${each.href}" rel="noopener"
 aria-label="${each.network}"><i class="icon-${each.network}"></i></a>`,
  );
  const text = escapeHtml(site.country.locale.follow);
  return `<div class="follow"><span>${text}</span>${links.join('')}</div>`;
}
