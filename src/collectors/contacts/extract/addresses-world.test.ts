import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';
import type { PageView } from './page-view.ts';

function textView(text: string, url = 'https://example.com/', lang = ''): PageView {
  const none: never[] = [];
  const rest = {
    title: '',
    links: none,
    jsonLd: none,
    meta: new Map(),
    marks: none,
    scripts: none,
  };
  return { url, base: '', lang, text, ...rest };
}

type Row = readonly [
  text: string,
  street: string,
  city: string,
  state: string,
  code: string,
  country: string,
  url?: string,
];

const ONE: readonly Row[] = [
  [
    '株式会社青ヶ森機械\n〒460-0046\n愛知県名古屋市中央区本町4-2-3\nTEL: 052-555-4569',
    '中央区本町4-2-3',
    '名古屋市',
    '愛知県',
    '460-0046',
    'JP',
  ],
  [
    '〒１００－０００１ 東京都千代田区千代田１−１ 皇居ビル5F TEL 03-5550-1111',
    '千代田1-1 皇居ビル5F',
    '千代田区',
    '東京都',
    '100-0001',
    'JP',
  ],
  [
    '所在地 259-1111 神奈川県足柄下郡箱根町湯本20-3',
    '湯本20-3',
    '足柄下郡箱根町',
    '神奈川県',
    '259-1111',
    'JP',
  ],
  [
    'ул. Лесная, д. 113\n101032 Москва',
    'ул. Лесная, д. 113',
    'Москва',
    '',
    '101032',
    'RU',
    'https://primer.ru/',
  ],
  [
    'Dirección Calle Hidalgo 94, Col. Centro\n72043 Puebla, Pue.\nTel. 222 255 1234',
    'Calle Hidalgo 94, Col. Centro',
    'Puebla',
    'Pue.',
    '72043',
    'MX',
    'https://ejemplo.mx/',
  ],
  [
    'Anschrift Ringstraße 130\n8010 Graz',
    'Ringstraße 130',
    'Graz',
    '',
    '8010',
    'AT',
    'https://muster.at/',
  ],
  [
    'Registered Office 120 Harbour View\nCork\nT12 R4E9',
    '120 Harbour View',
    'Cork',
    '',
    'T12 R4E9',
    'IE',
  ],
  [
    'Muster GmbH\nMusterstraße 12a\n10115 Berlin\nTelefon: 030 1234',
    'Musterstraße 12a',
    'Berlin',
    '',
    '10115',
    'DE',
  ],
  [
    'Beispiel AG, Unter den Linden 77, D-10117 Berlin, Deutschland',
    'Unter den Linden 77',
    'Berlin',
    '',
    '10117',
    'DE',
  ],
  [
    'Am Markt 3\n61348 Bad Homburg v.d. Höhe',
    'Am Markt 3',
    'Bad Homburg v.d. Höhe',
    '',
    '61348',
    'DE',
    'https://muster.de/',
  ],
  [
    'Mariahilfer Straße 99/4, 1060 Wien',
    'Mariahilfer Straße 99/4',
    'Wien',
    '',
    '1060',
    'AT',
    'https://muster.at/',
  ],
  ['Bahnhofstrasse 5, CH-8001 Zürich', 'Bahnhofstrasse 5', 'Zürich', '', '8001', 'CH'],
  [
    '12, rue de la Paix\n75002 Paris Cedex 02\nTél. 01 02 03 04 05',
    '12, rue de la Paix',
    'Paris',
    '',
    '75002',
    'FR',
  ],
  [
    'SARL Exemple 3 bis avenue Jean Jaurès 69007 Lyon',
    '3 bis avenue Jean Jaurès',
    'Lyon',
    '',
    '69007',
    'FR',
  ],
  ['Rue Neuve 44, 1000 Bruxelles, Belgique', 'Rue Neuve 44', 'Bruxelles', '', '1000', 'BE'],
  [
    'Meir 12 bus 3, 2000 Antwerpen',
    'Meir 12 bus 3',
    'Antwerpen',
    '',
    '2000',
    'BE',
    'https://voorbeeld.be/',
  ],
  ['Keizersgracht 123\n1015 CJ Amsterdam', 'Keizersgracht 123', 'Amsterdam', '', '1015 CJ', 'NL'],
  [
    'Calle Mayor, 12, 3º A, 28013 Madrid, España',
    'Calle Mayor, 12, 3º A',
    'Madrid',
    '',
    '28013',
    'ES',
  ],
  ['C/ Aragó 255\n08007 Barcelona', 'C/ Aragó 255', 'Barcelona', '', '08007', 'ES'],
  ['Via Roma, 12 - 20121 Milano (MI)', 'Via Roma, 12', 'Milano', 'MI', '20121', 'IT'],
  ['Piazza Garibaldi 3, 00185 Roma RM, Italia', 'Piazza Garibaldi 3', 'Roma', 'RM', '00185', 'IT'],
  [
    'Rua José Couto,\nNº 608, 1º Andar\n4745-330 Trofa\nPortugal',
    'Rua José Couto, Nº 608, 1º Andar',
    'Trofa',
    '',
    '4745-330',
    'PT',
  ],
  [
    'ul. Marszałkowska 10/5\n00-590 Warszawa',
    'ul. Marszałkowska 10/5',
    'Warszawa',
    '',
    '00-590',
    'PL',
  ],
  ['Vegagatan 5, 113 29 Stockholm |', 'Vegagatan 5', 'Stockholm', '', '113 29', 'SE'],
  ['Storgata 12\n0155 Oslo\nNorge', 'Storgata 12', 'Oslo', '', '0155', 'NO'],
  [
    'Nørregade 7, 2. tv\nDK-1165 København K',
    'Nørregade 7, 2. tv',
    'København K',
    '',
    '1165',
    'DK',
  ],
  ['Mannerheimintie 12 B\n00100 Helsinki', 'Mannerheimintie 12 B', 'Helsinki', '', '00100', 'FI'],
  [
    'Václavské náměstí 1\n110 00 Praha 1',
    'Václavské náměstí 1',
    'Praha 1',
    '',
    '110 00',
    'CZ',
    'https://priklad.cz/',
  ],
  [
    '9th Floor, Amber Building\n14 Gandhi Marg\nNew Delhi-110001',
    '9th Floor, Amber Building, 14 Gandhi Marg',
    'New Delhi',
    '',
    '110001',
    'IN',
  ],
  [
    'No. 67, MG Road, Bengaluru, Karnataka 560001, India',
    'No. 67, MG Road',
    'Bengaluru',
    'Karnataka',
    '560001',
    'IN',
  ],
  [
    'Av. Paulista, 1000 - Bela Vista\nSão Paulo - SP, 01310-100',
    'Av. Paulista, 1000 - Bela Vista',
    'São Paulo',
    'SP',
    '01310-100',
    'BR',
  ],
  [
    '2-2-1 Minato Nishi-ku, Yokohama 220-8137, Japan',
    '2-2-1 Minato Nishi-ku',
    'Yokohama',
    '',
    '220-8137',
    'JP',
  ],
  [
    '10 Anson Road #12-01, Singapore 079903',
    '10 Anson Road #12-01',
    'Singapore',
    '',
    '079903',
    'SG',
  ],
  ['Messeallee 2\nLeipzig 04356\nGermany', 'Messeallee 2', 'Leipzig', '', '04356', 'DE'],
];

for (const [text, street, city, state, postalCode, country, url] of ONE) {
  test(`address: ${text.replace(/\s+/g, ' ').slice(0, 70)}`, () => {
    const found = findAddresses(textView(text, url));
    const parts = found.map((address) => ({
      street: address.street,
      city: address.city,
      state: address.state,
      postalCode: address.postalCode,
      country: address.country,
    }));
    assert.deepEqual(parts, [{ street, city, state, postalCode, country }]);
  });
}
