/** Texts in several languages about known things, with known addresses and dates in them. */
import type { Random } from '../../src/base/random.ts';

interface Phrasebook {
  readonly language: string;
  /** What the text is about; `*` in the sentences. */
  readonly topic: string;
  readonly sentences: readonly string[];
}

const BOOKS: readonly Phrasebook[] = [
  {
    language: 'en',
    topic: 'lighthouse',
    sentences: [
      'The * stands on a rock at the end of the bay and has been there for longer than anybody can say.',
      'Every evening somebody climbs the stairs of the * and looks out over the water.',
      'When the fog comes in, the * is the only thing that the boats can see.',
      'Children from the village draw the * in their books, because it is so much taller than the houses.',
    ],
  },
  {
    language: 'de',
    topic: 'bibliothek',
    sentences: [
      'Die * liegt am Rand der Stadt und ist an jedem Tag der Woche geöffnet.',
      'Wer in der * etwas sucht, fragt am besten die Leute, die dort schon lange arbeiten.',
      'Im Winter ist die * der wärmste Ort, den man ohne Geld betreten kann.',
      'Viele Kinder lernen in der * das Lesen, weil es dort leise ist.',
    ],
  },
  {
    language: 'fr',
    topic: 'moulin',
    sentences: [
      'Le * se trouve au bord de la rivière et tourne encore quand il y a assez de vent.',
      'Les gens du village apportent leur blé au * depuis des générations.',
      'Pendant la guerre, le * servait de cachette à ceux qui fuyaient.',
      'On peut visiter le * tous les jours, sauf quand il pleut trop fort.',
    ],
  },
  {
    language: 'es',
    topic: 'puente',
    sentences: [
      'El * cruza el río desde hace más de cien años y todavía aguanta el peso de los camiones.',
      'Los vecinos se encuentran en el * cuando cae la tarde y hablan de sus cosas.',
      'Cuando llueve mucho, el agua llega casi hasta el * y nadie puede pasar.',
      'El alcalde quiere pintar el * de otro color, pero la gente no está de acuerdo.',
    ],
  },
  {
    language: 'it',
    topic: 'mercato',
    sentences: [
      'Il * apre presto la mattina, quando la piazza è ancora vuota e fredda.',
      'Chi arriva tardi al * trova soltanto quello che gli altri non hanno voluto.',
      'Nel * si parla di tutto, ma soprattutto del tempo e dei prezzi.',
      'Mia nonna andava al * ogni sabato e tornava sempre con qualcosa di nuovo.',
    ],
  },
  {
    language: 'nl',
    topic: 'haven',
    sentences: [
      'De * is al eeuwen het hart van de stad en er liggen nog steeds veel schepen.',
      'In de * ruikt het naar vis en teer, zeker als de wind uit het westen komt.',
      'De mensen die in de * werken, staan op wanneer anderen naar bed gaan.',
      'Vroeger was de * veel groter, maar een deel ervan is nu een park.',
    ],
  },
  {
    language: 'pt',
    topic: 'estação',
    sentences: [
      'A * fica no centro da cidade e recebe milhares de pessoas todos os dias.',
      'Quando o comboio chega à *, toda a gente corre para a porta.',
      'Os azulejos da * contam a história do país desde o começo.',
      'Durante a noite a * está fechada e só os gatos andam por lá.',
    ],
  },
  {
    language: 'pl',
    topic: 'zamek',
    sentences: [
      'Stary * stoi na wzgórzu nad rzeką i widać go z daleka.',
      'Każdego lata * odwiedzają tysiące ludzi z całego kraju.',
      'Mówią, że * ma podziemne przejście, którego nikt jeszcze nie znalazł.',
      'Zimą * jest zamknięty, bo w środku jest bardzo zimno.',
    ],
  },
  {
    language: 'ru',
    topic: 'музей',
    sentences: [
      'Наш * находится в старом доме на берегу реки и открыт каждый день.',
      'В этот * приходят дети со всего города, чтобы увидеть первые машины.',
      'Говорят, что * скоро переедет, потому что места уже не хватает.',
      'Когда идёт дождь, * становится самым тёплым местом в городе.',
    ],
  },
];

const GLAD =
  'This is a wonderful place with excellent food and lovely people. We love it, we are happy and grateful, and it was a great success.';
const ANGRY =
  'This was a terrible evening with awful food and rude people. We hate it, we are angry and sad, and it was a horrible failure.';

export interface SandboxText {
  readonly text: string;
  readonly language: string;
  readonly topic: string;
  readonly emails: readonly string[];
  readonly dates: readonly string[];
  readonly urls: readonly string[];
  readonly sentiment?: 'positive' | 'negative';
}

export const LANGUAGES = BOOKS.length;

/** A text of the language whose turn it is. */
export function textOf(random: Random, turn: number): SandboxText {
  const { language, topic, sentences } = BOOKS[turn % BOOKS.length] as Phrasebook;
  const name = `${language}${Math.floor(random.next() * 9_000) + 1_000}`;
  const email = `post@${name}.example`;
  const url = `https://www.${name}.example/page`;
  const day = String(1 + Math.floor(random.next() * 28)).padStart(2, '0');
  const date = `2023-0${1 + Math.floor(random.next() * 9)}-${day}`;
  const body = sentences.map((sentence) => sentence.replace('*', topic)).join(' ');
  const text = `${body}\n\n${email}, ${date}\n${url}\n`;
  return { text, language, topic, emails: [email], dates: [date], urls: [url] };
}

export function moodOf(sentiment: 'positive' | 'negative'): SandboxText {
  const text = sentiment === 'positive' ? GLAD : ANGRY;
  return { text, language: 'en', topic: 'people', emails: [], dates: [], urls: [], sentiment };
}
