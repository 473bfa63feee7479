/** Sites that send visitors elsewhere: to good places, round in circles, and where none may go. */
import { type Exchange, type Manner, type Manners, redirect } from '../exchange.ts';

const HOPS: Readonly<Record<string, readonly [number, string]>> = {
  '/': [301, '/a'],
  '/a': [302, '/b'],
  '/b': [307, '/c'],
  '/c': [308, '/start/'],
};

const atRoot =
  (status: number, location: (exchange: Exchange) => string): Manner =>
  (exchange) =>
    exchange.path === '/' && redirect(exchange, status, location(exchange));

export const REDIRECT_MANNERS: Manners = {
  'redirect-www': (exchange) =>
    !exchange.host.startsWith('www.') &&
    redirect(exchange, 301, `http://www.${exchange.site.host}${exchange.path}`),
  'redirect-path': atRoot(302, () => '/start/'),
  'redirect-relative': atRoot(303, () => 'start/'),
  'redirect-hops': (exchange) => {
    const hop = HOPS[exchange.path];
    return hop !== undefined && redirect(exchange, hop[0], hop[1]);
  },
  'redirect-cross-domain': (exchange) => {
    const { site, host, path } = exchange;
    if (site.aliases.includes(host.replace(/^www\./, ''))) return false;
    return redirect(exchange, 301, `http://${site.aliases[0]}${path}`);
  },
  'redirect-loop': (exchange) =>
    redirect(exchange, 302, exchange.path === '/ping' ? '/pong' : '/ping'),
  'redirect-endless': (exchange) => {
    const step = Number(/^\/r\/(\d{1,12})$/.exec(exchange.path)?.[1] ?? 0);
    return redirect(exchange, 302, `/r/${step + 1}`);
  },
  'redirect-private': (exchange) => redirect(exchange, 302, 'http://10.0.0.8/admin'),
  'redirect-metadata': (exchange) =>
    redirect(exchange, 302, 'http://169.254.169.254/latest/meta-data/'),
};
