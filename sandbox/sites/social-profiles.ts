/** Social profiles of invented firms, canonical and as sites link them, and decoys beside them. */
import type { Random } from '../../src/base/random.ts';
import type { SocialFact } from './site.ts';

interface Network {
  readonly network: string;
  readonly canonical: string;
  /** Other ways to link the same profile. */
  readonly written: readonly string[];
  readonly share: number;
}

const NETWORKS: readonly Network[] = [
  {
    network: 'linkedin',
    canonical: 'https://www.linkedin.com/company/{h}',
    written: [
      'https://www.linkedin.com/company/{h}/',
      'https://linkedin.com/company/{h}',
      'https://www.linkedin.com/company/{h}/about/?originalSubdomain=de',
    ],
    share: 0.5,
  },
  {
    network: 'facebook',
    canonical: 'https://www.facebook.com/{h}',
    written: ['https://www.facebook.com/{h}/', 'https://m.facebook.com/{h}?ref=page_internal'],
    share: 0.5,
  },
  {
    network: 'instagram',
    canonical: 'https://www.instagram.com/{h}',
    written: ['https://www.instagram.com/{h}/', 'https://instagram.com/{h}?igshid=NTc4MTIwNjQ2'],
    share: 0.45,
  },
  {
    network: 'x',
    canonical: 'https://x.com/{h}',
    written: ['https://twitter.com/{h}', 'https://x.com/{h}', 'http://www.twitter.com/{h}/'],
    share: 0.3,
  },
  {
    network: 'youtube',
    canonical: 'https://www.youtube.com/@{h}',
    written: ['https://www.youtube.com/@{h}', 'https://youtube.com/@{h}/videos'],
    share: 0.2,
  },
  {
    network: 'tiktok',
    canonical: 'https://www.tiktok.com/@{h}',
    written: ['https://www.tiktok.com/@{h}', 'https://www.tiktok.com/@{h}?lang=en'],
    share: 0.1,
  },
  {
    network: 'bluesky',
    canonical: 'https://bsky.app/profile/{h}.bsky.social',
    written: ['https://bsky.app/profile/{h}.bsky.social'],
    share: 0.08,
  },
  {
    network: 'threads',
    canonical: 'https://www.threads.net/@{h}',
    written: ['https://www.threads.net/@{h}', 'https://threads.net/@{h}?hl=en'],
    share: 0.08,
  },
  {
    network: 'github',
    canonical: 'https://github.com/{h}',
    written: ['https://github.com/{h}', 'https://github.com/{h}/'],
    share: 0.06,
  },
  {
    network: 'whatsapp',
    canonical: 'https://wa.me/{p}',
    written: ['https://wa.me/{p}', 'https://api.whatsapp.com/send?phone={p}&amp;text=Hi'],
    share: 0.1,
  },
  {
    network: 'telegram',
    canonical: 'https://t.me/{h}',
    written: ['https://t.me/{h}', 'https://telegram.me/{h}'],
    share: 0.06,
  },
];

/** The profiles of a firm. Handles are made from its domain, so no real account is meant. */
export function drawSocials(random: Random, slug: string, e164: string): SocialFact[] {
  const short = slug.replaceAll('-', '').slice(0, 15);
  const found: SocialFact[] = [];
  for (const each of NETWORKS) {
    const draw = random.next();
    const form = each.written[Math.floor(random.next() * each.written.length)] as string;
    if (draw >= each.share) continue;
    const handle = each.network === 'linkedin' || each.network === 'bluesky' ? slug : short;
    const fill = (text: string) => text.replace('{h}', handle).replace('{p}', e164.slice(1));
    found.push({ network: each.network, url: fill(each.canonical), href: fill(form) });
  }
  return found;
}

/** A person's profile. */
export function linkedInPerson(key: string): string {
  return `https://www.linkedin.com/in/${key}`;
}

/** Links that are no profiles: share buttons, pixels, posts. */
export function socialDecoys(pageUrl: string): readonly string[] {
  const url = encodeURIComponent(pageUrl);
  return [
    `https://www.facebook.com/sharer/sharer.php?u=${url}`,
    `https://twitter.com/intent/tweet?url=${url}&amp;text=Look`,
    `https://www.linkedin.com/shareArticle?mini=true&amp;url=${url}`,
    `https://api.whatsapp.com/send?text=${url}`,
    `https://t.me/share/url?url=${url}`,
    `https://pinterest.com/pin/create/button/?url=${url}`,
    'https://www.youtube.com/embed/dQw4w9WgXcQ',
  ];
}
