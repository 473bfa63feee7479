/** Behind `g`: the key of each page. */
export const PAGE_KEYS: Readonly<Record<string, string>> = {
  n: '/',
  j: '/jobs',
  l: '/limits',
  a: '/accounts',
  f: '/failures',
  s: '/schedules',
  c: '/collections',
  i: '/leads',
  h: '/channels',
  p: '/performance',
  b: '/bench',
  o: '/nodes',
  e: '/settings',
  w: '/new',
};
