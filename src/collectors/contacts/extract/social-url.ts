/**
 * From a link to a profile: which network, whose page, and its one canonical address. Links that
 * share, log in, or show a single post, video or policy name no profile.
 */
import type { SocialNetwork } from './found.ts';
import { Memo } from './memo.ts';

export interface SocialProfile {
  readonly network: SocialNetwork;
  readonly kind: 'company' | 'person' | 'profile';
  /** https, no tracking parameters, no trailing slash. */
  readonly value: string;
}

/** A link cut into what the networks look at. */
interface LinkParts {
  readonly host: string;
  /** Path segments, percent-decoded, none of them empty. */
  readonly path: readonly string[];
  readonly query: string;
}

type Reader = (link: LinkParts) => SocialProfile | undefined;

const URL_CHARS_MAX = 600;
const ABSOLUTE = /^(?:https?:)?\/\/([^/?#:]+)(?::\d+)?([^?#]*)(\?[^#]*)?(#.*)?$/i;

/** The profile that an absolute URL names, or undefined. */
export function socialFromUrl(url: string): SocialProfile | undefined {
  return PROFILES.of(url) ?? undefined;
}

/** A site links to its profiles from all of its pages, and from each of them more than once. */
const PROFILES = new Memo(2_000, 200, (url) => readProfile(url) ?? null);

function readProfile(url: string): SocialProfile | undefined {
  const bare = url.trim();
  if (bare.length < 8 || bare.length > URL_CHARS_MAX) return undefined;
  if (/^(?:whatsapp|tg):/i.test(bare)) return fromAppLink(bare);
  const slashes = bare.indexOf('//');
  if (slashes < 0 || slashes > 6) return undefined;
  // Most links go elsewhere: look at the end of the host before anything else.
  const end = bare.indexOf('/', slashes + 2);
  const authority = end < 0 ? bare.slice(slashes + 2) : bare.slice(slashes + 2, end);
  const reader = READERS.get(networkDomain(authority.toLowerCase()));
  if (reader === undefined) return undefined;
  const match = ABSOLUTE.exec(bare);
  if (match === null) return undefined;
  const host = match[1]!.toLowerCase();
  // `#!/name`: how some networks wrote paths once.
  const hash = match[4]?.startsWith('#!/') === true ? match[4].slice(2) : '';
  const path = hash === '' ? match[2]! : hash;
  return reader({ host, path: segments(path), query: match[3] ?? '' });
}

/** The last two labels of a host; Pinterest has one for many countries. */
function networkDomain(authority: string): string {
  const port = authority.search(/[:?#]/);
  const host = port < 0 ? authority : authority.slice(0, port);
  const last = host.lastIndexOf('.');
  const before = host.lastIndexOf('.', last - 1);
  const domain = before < 0 ? host : host.slice(before + 1);
  return host.includes('pinterest.') ? 'pinterest.com' : domain;
}

function segments(path: string): string[] {
  const out: string[] = [];
  for (const part of path.split('/', 8)) {
    if (part === '') continue;
    try {
      out.push(decodeURIComponent(part).trim());
    } catch {
      out.push(part);
    }
  }
  return out;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

function profile(network: SocialNetwork, value: string): SocialProfile {
  return { network, kind: 'profile', value };
}

function parameter(query: string, name: string): string {
  return new URLSearchParams(query).get(name) ?? '';
}

const LINKEDIN_COMPANIES = words('company school showcase company-beta edu companies');

function linkedin({ path }: LinkParts): SocialProfile | undefined {
  const [section = '', slug = ''] = path;
  const kind = section.toLowerCase();
  if (slug === '' || !/^[\p{L}\p{M}\p{N}&'’.,_+()®™-]{1,150}$/u.test(slug)) return undefined;
  const name = encodeURIComponent(slug.toLowerCase());
  if (LINKEDIN_COMPANIES.has(kind)) {
    const place = kind === 'school' || kind === 'showcase' ? kind : 'company';
    return {
      network: 'linkedin',
      kind: 'company',
      value: `https://www.linkedin.com/${kind === 'edu' ? 'school' : place}/${name}`,
    };
  }
  if (kind !== 'in' && kind !== 'pub') return undefined;
  // Public profiles of the old kind are only unique with their three numbers.
  const rest =
    kind === 'pub' ? path.slice(2, 5).filter((part) => /^[\da-f]{1,3}$/i.test(part)) : [];
  const value = `https://www.linkedin.com/${[kind, name, ...rest].join('/')}`;
  return kind === 'pub' && slug === 'dir'
    ? undefined
    : { network: 'linkedin', kind: 'person', value };
}

const X_WORDS = words(
  'share intent home search hashtag i login signup privacy tos settings explore widgets about download jobs logout account messages notifications oauth statuses who_to_follow following followers javascripts twitter x en rules',
);

function x({ path }: LinkParts): SocialProfile | undefined {
  const handle = (path[0] ?? '').replace(/^@/, '');
  if (!/^\w{1,15}$/.test(handle) || X_WORDS.has(handle.toLowerCase())) return undefined;
  if (path.length > 1 && !/^(?:with_replies|media|followers|following|likes)$/i.test(path[1]!)) {
    return undefined;
  }
  return profile('x', `https://x.com/${handle}`);
}

const FACEBOOK_WORDS = words(
  'sharer sharer.php share share.php dialog plugins tr login login.php policy policies privacy help legal events hashtag watch photo photo.php photos story.php permalink.php l.php home.php home recover ads business marketplace gaming groups facebook v2.0 settings messages notifications search terms terms.php careers reel video video.php media stories feed r.php reg logout.php 2008 index.php fbml widgets badges directory apps games developers connect login.html wix wordpress',
);
const FACEBOOK_TABS = words(
  'about reviews timeline info home community photos videos events services shop app wall likes posts_to_page photos_albums photos_stream map photos_all jobs offers menu mentions following',
);

function facebook({ path, query }: LinkParts): SocialProfile | undefined {
  let [first = '', second = '', third = ''] = path;
  if (first === 'pg' || first === '_u') [first, second, third] = [second, third, ''];
  const lower = first.toLowerCase();
  if (lower === 'profile.php') {
    const id = parameter(query, 'id');
    return /^\d{3,20}$/.test(id)
      ? profile('facebook', `https://www.facebook.com/profile.php?id=${id}`)
      : undefined;
  }
  if (lower === 'pages' || lower === 'people') {
    const name = encodeURIComponent(second);
    if (lower === 'pages' && second === 'category') {
      return path[3] === undefined ? undefined : facebook({ host: '', path: [path[3]], query: '' });
    }
    return /^\d{3,20}$/.test(third)
      ? profile('facebook', `https://www.facebook.com/${lower}/${name}/${third}`)
      : undefined;
  }
  if (lower === 'p') return isFacebookName(second) ? facebookPage(`p/${second}`) : undefined;
  if (!isFacebookName(first) || FACEBOOK_WORDS.has(lower)) return undefined;
  if (second !== '' && !FACEBOOK_TABS.has(second.toLowerCase())) return undefined;
  return facebookPage(first);
}

function isFacebookName(name: string): boolean {
  return /^[\p{L}\p{M}\p{N}._-]{3,120}$/u.test(name) && !/\.(?:php|html?)$/i.test(name);
}

function facebookPage(name: string): SocialProfile {
  return profile('facebook', `https://www.facebook.com/${encodeURI(name)}`);
}

const INSTAGRAM_WORDS = words(
  'p reel reels explore accounts about developer legal stories tv share direct web instagram privacy terms static challenge oauth embed.js',
);

function instagram({ path }: LinkParts): SocialProfile | undefined {
  const name = (path[0] === '_u' ? path[1] : path[0])?.replace(/^@/, '').toLowerCase() ?? '';
  if (!/^[\w.]{1,30}$/.test(name) || INSTAGRAM_WORDS.has(name)) return undefined;
  if (path.length > 2 || (path.length === 2 && path[0] !== '_u' && path[1] !== 'reels')) {
    return undefined;
  }
  return profile('instagram', `https://www.instagram.com/${name}`);
}

const YOUTUBE_WORDS = words(
  'watch embed playlist results feed shorts live hashtag t about howyoutubeworks redirect iframe_api player_api premium ads creators account gaming v e attribution_link subscription_center yt kids tv music movies trending upload login signin my_videos youtube s clip post',
);

function youtube({ path }: LinkParts): SocialProfile | undefined {
  const [first = '', second = ''] = path;
  if (/^@[\p{L}\p{N}._·-]{2,60}$/u.test(first)) {
    return profile('youtube', `https://www.youtube.com/${encodeURI(first)}`);
  }
  if (first === 'channel') {
    return /^UC[\w-]{20,24}$/.test(second)
      ? profile('youtube', `https://www.youtube.com/channel/${second}`)
      : undefined;
  }
  const named = first === 'user' || first === 'c' ? second : path.length === 1 ? first : '';
  if (!/^[\p{L}\p{N}._-]{2,60}$/u.test(named) || /\.(?:js|html?|php)$/.test(named))
    return undefined;
  if (named === first) {
    if (YOUTUBE_WORDS.has(first.toLowerCase())) return undefined;
    return profile('youtube', `https://www.youtube.com/${encodeURI(first)}`);
  }
  return profile('youtube', `https://www.youtube.com/${first}/${encodeURI(named)}`);
}

/** Networks whose profiles are `/@name`. */
function atName(network: SocialNetwork, base: string): Reader {
  return ({ path }) => {
    const name = path[0] ?? '';
    if (path.length !== 1 || !/^@[\w.]{1,30}$/.test(name)) return undefined;
    return profile(network, `${base}/${name.toLowerCase()}`);
  };
}

function bluesky({ path }: LinkParts): SocialProfile | undefined {
  const [section, name = ''] = path;
  if (section !== 'profile' || path.length !== 2) return undefined;
  if (!/^(?:[a-z\d-]+(?:\.[a-z\d-]+)+|did:[a-z]+:[\w.:%-]+)$/i.test(name)) return undefined;
  return profile('bluesky', `https://bsky.app/profile/${name.toLowerCase()}`);
}

const GITHUB_WORDS = words(
  'features pricing login join about topics search marketplace sponsors settings explore enterprise security site contact readme collections trending apps customer-stories team blog notifications new issues pulls codespaces resources solutions github signup logout dashboard events premium-support mobile',
);

function github({ host, path }: LinkParts): SocialProfile | undefined {
  if (host !== 'github.com' && host !== 'www.github.com') return undefined;
  const name = path[0] === 'orgs' ? (path[1] ?? '') : path.length === 1 ? path[0]! : '';
  if (!/^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i.test(name)) return undefined;
  if (GITHUB_WORDS.has(name.toLowerCase())) return undefined;
  return profile('github', `https://github.com/${name}`);
}

function whatsapp({ host, path, query }: LinkParts): SocialProfile | undefined {
  const [first = '', second = ''] = path;
  if (host.endsWith('wa.me')) {
    if (first === 'message' && /^\w{4,30}$/.test(second)) {
      return profile('whatsapp', `https://wa.me/message/${second}`);
    }
    return whatsappNumber(first || parameter(query, 'phone'));
  }
  if (host.startsWith('chat.') && /^\w{10,40}$/.test(first)) {
    return profile('whatsapp', `https://chat.whatsapp.com/${first}`);
  }
  if (first === 'channel' && /^\w{10,60}$/.test(second)) {
    return profile('whatsapp', `https://whatsapp.com/channel/${second}`);
  }
  return first.startsWith('send') || first === '' || first === 'message'
    ? whatsappNumber(parameter(query, 'phone'))
    : undefined;
}

function whatsappNumber(written: string): SocialProfile | undefined {
  const digits = written.replace(/\D/g, '').replace(/^00/, '');
  const plausible = digits.length >= 8 && digits.length <= 15 && !/^(\d)\1+$/.test(digits);
  return plausible ? profile('whatsapp', `https://wa.me/${digits}`) : undefined;
}

const TELEGRAM_WORDS = words(
  'share joinchat addstickers iv proxy socks s login addlist confirmphone setlanguage bg invoice telegram',
);

function telegram({ path }: LinkParts): SocialProfile | undefined {
  const [first = '', second = ''] = path;
  const name = (first === 's' ? second : first).replace(/^@/, '');
  if (first !== 's' && path.length > 1) return undefined;
  if (!/^[a-z]\w{3,31}$/i.test(name) || TELEGRAM_WORDS.has(name.toLowerCase())) return undefined;
  return profile('telegram', `https://t.me/${name}`);
}

const PINTEREST_WORDS = words(
  'pin search ideas login business about today categories resource oauth settings topics explore pinterest _ js',
);

function pinterest({ path }: LinkParts): SocialProfile | undefined {
  const name = path[0]?.toLowerCase() ?? '';
  if (!/^\w{3,30}$/.test(name) || PINTEREST_WORDS.has(name) || path.length > 2) return undefined;
  return profile('pinterest', `https://www.pinterest.com/${name}`);
}

function fromAppLink(url: string): SocialProfile | undefined {
  const query = url.slice(url.indexOf('?') + 1);
  if (/^whatsapp:/i.test(url)) return whatsappNumber(parameter(query, 'phone'));
  const domain = parameter(query, 'domain');
  return domain === '' ? undefined : telegram({ host: 't.me', path: [domain], query: '' });
}

const READERS = new Map<string, Reader>([
  ['linkedin.com', linkedin],
  ['twitter.com', x],
  ['x.com', x],
  ['facebook.com', facebook],
  ['fb.com', facebook],
  ['fb.me', facebook],
  ['instagram.com', instagram],
  ['instagr.am', instagram],
  ['youtube.com', youtube],
  ['tiktok.com', atName('tiktok', 'https://www.tiktok.com')],
  ['bsky.app', bluesky],
  ['threads.net', atName('threads', 'https://www.threads.net')],
  ['threads.com', atName('threads', 'https://www.threads.net')],
  ['github.com', github],
  ['wa.me', whatsapp],
  ['whatsapp.com', whatsapp],
  ['t.me', telegram],
  ['telegram.me', telegram],
  ['pinterest.com', pinterest],
]);
