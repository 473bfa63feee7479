/** Words that channels are made of, in several scripts. */

export interface Tongue {
  readonly language: string;
  readonly sentences: readonly string[];
  readonly tags: readonly string[];
}

export const TONGUES: readonly Tongue[] = [
  {
    language: 'en',
    sentences: [
      'The harbour opens again on Monday.',
      'Research & development grew by 12% – more than "expected".',
      "It's the third time this year!",
      'Prices < 5 € are not rounded, prices > 5 € are.',
      'Read on below; the whole report follows tomorrow.',
      'Two lines were closed because of the storm.',
    ],
    tags: ['news', 'harbour_report', 'Q3'],
  },
  {
    language: 'de',
    sentences: [
      'Die Brücke über den Fluß wird gesperrt.',
      'Müller & Söhne melden „gute Zahlen“.',
      'Wir berichten heute Abend ausführlich!',
      'Der Preis stieg um 3,5 % – so stark wie nie.',
      "Das war's für heute.",
    ],
    tags: ['Wirtschaft', 'größer', 'Brücke'],
  },
  {
    language: 'ru',
    sentences: [
      'Движение по мосту откроют в понедельник.',
      'Компания «Север» сообщила о росте на 7%.',
      'Подробности — вечером!',
      'Цены < 100 ₽ не изменились.',
      'Это уже третий случай за год.',
    ],
    tags: ['новости', 'порт', 'отчёт_2026'],
  },
  {
    language: 'ar',
    sentences: [
      'يفتح الميناء أبوابه يوم الاثنين.',
      'ارتفعت الأسعار بنسبة 4% هذا العام.',
      'التفاصيل في المساء!',
      'هذا هو التقرير الثالث.',
    ],
    tags: ['أخبار', 'ميناء'],
  },
  {
    language: 'ja',
    sentences: [
      '港は月曜日に再開します。',
      '価格は4%上がりました！',
      '詳しくは今夜お伝えします。',
      'これは今年三回目です。',
    ],
    tags: ['ニュース', '港'],
  },
];

export const EMOJI = ['👍', '🔥', '❤️', '👩‍💻', '🇩🇪', '⚡️', '😁', '🗳', '✍️'] as const;

export const NAME_STARTS = [
  'Daily',
  'Open',
  'Quiet',
  'Northern',
  'Pocket',
  'Early',
  'Blue',
] as const;
export const NAME_ENDS = [
  'Harbour',
  'Markets',
  'Lab',
  'Garden',
  'Signal',
  'Radio',
  'Atlas',
] as const;

export const PEOPLE = [
  'Ada Brandt',
  'Юлия Орлова',
  'José Núñez',
  'Mads & Co. "Redaktion"',
  'سامي حداد',
  '佐藤 はな',
] as const;

export const SITES = ['example.com', 'news.example.org', 'shop.example.net'] as const;
