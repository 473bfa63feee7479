import { buildPageView } from './extract/build-page-view.ts';

/** The visible text of a page. */
export function readText(html: string, url: string): string {
  return buildPageView(html, url).text;
}
