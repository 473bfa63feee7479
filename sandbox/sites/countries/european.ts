/**
 * Countries of central and northern Europe. German, French and Swedish phone numbers come from the
 * ranges that their regulators keep free for film and fiction; the others are only plausible.
 */
import { dutch } from '../locales/dutch.ts';
import { german } from '../locales/german.ts';
import { polish } from '../locales/polish.ts';
import { russian } from '../locales/russian.ts';
import { swedish } from '../locales/swedish.ts';
import { type Country, city } from './country.ts';

const GERMAN_STREETS = ['Hauptstraße {n}', 'Bahnhofstr. {n}', 'Am Mühlbach {n}', 'Lindenweg {n}'];

export const EUROPEAN: readonly Country[] = [
  {
    code: 'DE',
    name: 'Deutschland',
    locale: german,
    callingCode: '49',
    endings: ['de', 'de', 'de', 'com'],
    legalForms: ['{name} GmbH', '{name} GmbH & Co. KG', '{name} e.K.', '{name} AG'],
    addressStyle: 'postal-first',
    phoneStyle: 'trunk-0',
    streets: GERMAN_STREETS,
    cities: [
      city('Berlin', '', '101##', '30 23125 ###'),
      city('Hamburg', '', '200##', '40 66969 ###'),
      city('Köln', '', '506##', '221 4710 ###'),
      city('Frankfurt am Main', '', '603##', '69 90009 ###'),
      city('München', '', '803##', '89 99998 ###'),
    ],
  },
  {
    code: 'AT',
    name: 'Österreich',
    locale: german,
    callingCode: '43',
    endings: ['at', 'co.at', 'at'],
    legalForms: ['{name} GmbH', '{name} KG', '{name} OG'],
    addressStyle: 'postal-first',
    phoneStyle: 'trunk-0',
    streets: ['Ringstraße {n}', 'Mozartgasse {n}', 'Schloßplatz {n}', 'Feldgasse {n}'],
    cities: [
      city('Wien', '', '10#0', '1 5550 ###'),
      city('Graz', '', '8010', '316 555 ###'),
      city('Linz', '', '4020', '732 555 ###'),
      city('Salzburg', '', '5020', '662 555 ###'),
      city('Innsbruck', '', '6020', '512 555 ###'),
    ],
  },
  {
    code: 'CH',
    name: 'Schweiz',
    locale: german,
    callingCode: '41',
    endings: ['ch', 'swiss', 'ch'],
    legalForms: ['{name} AG', '{name} GmbH', '{name} & Partner AG'],
    addressStyle: 'postal-first',
    phoneStyle: 'trunk-0',
    streets: ['Bahnhofstrasse {n}', 'Dorfstrasse {n}', 'Seeweg {n}', 'Kirchgasse {n}'],
    cities: [
      city('Zürich', '', '800#', '44 555 ## ##'),
      city('Bern', '', '301#', '31 355 ## ##'),
      city('Basel', '', '405#', '61 355 ## ##'),
      city('Luzern', '', '600#', '41 355 ## ##'),
      city('St. Gallen', '', '900#', '71 355 ## ##'),
    ],
  },
  {
    code: 'NL',
    name: 'Nederland',
    locale: dutch,
    callingCode: '31',
    endings: ['nl'],
    legalForms: ['{name} B.V.', '{name} V.O.F.', '{name} N.V.'],
    addressStyle: 'postal-first',
    phoneStyle: 'dashes-0',
    streets: ['Keizersgracht {n}', 'Stationsweg {n}', 'Dorpsstraat {n}', 'Kerkplein {n}'],
    cities: [
      city('Amsterdam', '', '10## @@', '20 555 ####'),
      city('Rotterdam', '', '30## @@', '10 455 ####'),
      city('Utrecht', '', '35## @@', '30 255 ####'),
      city('Eindhoven', '', '56## @@', '40 255 ####'),
      city('Groningen', '', '97## @@', '50 355 ####'),
    ],
  },
  {
    code: 'PL',
    name: 'Polska',
    locale: polish,
    callingCode: '48',
    endings: ['pl', 'com.pl', 'pl'],
    legalForms: ['{name} Sp. z o.o.', '{name} S.A.', '{name} s.c.'],
    addressStyle: 'postal-first',
    phoneStyle: 'plain',
    streets: ['ul. Długa {n}', 'ul. Kościuszki {n}/4', 'al. Jana Pawła II {n}', 'ul. Leśna {n}'],
    cities: [
      city('Warszawa', '', '00-0##', '22 555 ## ##'),
      city('Kraków', '', '31-0##', '12 455 ## ##'),
      city('Wrocław', '', '50-0##', '71 355 ## ##'),
      city('Poznań', '', '60-0##', '61 855 ## ##'),
      city('Gdańsk', '', '80-0##', '58 355 ## ##'),
    ],
  },
  {
    code: 'SE',
    name: 'Sverige',
    locale: swedish,
    callingCode: '46',
    endings: ['se', 'se', 'nu'],
    legalForms: ['{name} AB', '{name} HB', '{name} i Norden AB'],
    addressStyle: 'postal-first',
    phoneStyle: 'dashes-0',
    streets: ['Storgatan {n}', 'Kungsgatan {n} B', 'Järnvägsgatan {n}', 'Ängsvägen {n}'],
    cities: [
      city('Stockholm', '', '111 ##', '8 465 004 ##'),
      city('Göteborg', '', '411 ##', '31 390 06 1#'),
      city('Malmö', '', '211 ##', '40 628 04 1#'),
      city('Kiruna', '', '981 ##', '980 319 2##'),
      city('Uppsala', '', '753 ##', '18 55 ## ##'),
    ],
  },
];

/** Only on the sites that are written in windows-1251. */
export const RUSSIA: Country = {
  code: 'RU',
  name: 'Россия',
  locale: russian,
  callingCode: '7',
  endings: ['ru'],
  legalForms: ['ООО «{name}»', 'АО «{name}»'],
  addressStyle: 'postal-first',
  phoneStyle: 'trunk-8',
  streets: ['ул. Лесная, д. {n}', 'пр. Мира, д. {n}', 'ул. Садовая, д. {n}'],
  cities: [
    city('Москва', '', '1010##', '495 555 ## ##'),
    city('Санкт-Петербург', '', '1910##', '812 355 ## ##'),
    city('Казань', '', '4201##', '843 255 ## ##'),
  ],
};
