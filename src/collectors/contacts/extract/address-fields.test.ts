import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFieldName } from './address-fields.ts';
import { findAddresses } from './addresses.ts';
import { buildPageView } from './build-page-view.ts';

type Fields = readonly (readonly [name: string, value: string])[];

/** How pages write names beside values. */
const LAYOUTS: readonly (readonly [name: string, write: (fields: Fields) => string])[] = [
  [
    'rows of a table',
    (fields) =>
      `<table>${fields.map(([n, v]) => `<tr><td>${n}</td><td>${v}</td></tr>`).join('')}</table>`,
  ],
  [
    'rows with heads and colons',
    (fields) =>
      `<table>${fields.map(([n, v]) => `<tr><th>${n}:</th><td>${v}</td></tr>`).join('')}</table>`,
  ],
  [
    'a list of definitions',
    (fields) => `<dl>${fields.map(([n, v]) => `<dt>${n}</dt><dd>${v}</dd>`).join('')}</dl>`,
  ],
  ['lines', (fields) => `<p>${fields.map(([n, v]) => `${n}: ${v}`).join('<br>')}</p>`],
];

const street = 'Hauptstraße 12';
const CASES: readonly (readonly [host: string, fields: Fields, found: readonly string[]])[] = [
  [
    'firma.de',
    [
      ['Straße', street],
      ['Ort', '10115 Berlin'],
    ],
    [street, 'Berlin', '10115', 'DE'],
  ],
  [
    'firma.de',
    [
      ['Straße / Nr.', street],
      ['PLZ / Ort', '10115 Berlin'],
    ],
    [street, 'Berlin', '10115', 'DE'],
  ],
  [
    'firma.at',
    [
      ['Anschrift', street],
      ['Postleitzahl', '8010'],
      ['Stadt', 'Graz'],
      ['Telefon', '0316 123456'],
    ],
    [street, 'Graz', '8010', 'AT'],
  ],
  [
    'firma.de',
    [
      ['Straße', street],
      ['Ort', 'Berlin'],
      ['PLZ', '10115'],
    ],
    [street, 'Berlin', '10115', 'DE'],
  ],
  [
    'societe.fr',
    [
      ['Adresse', '12 rue de la Paix'],
      ['Code postal', '75002'],
      ['Ville', 'Paris'],
    ],
    ['12 rue de la Paix', 'Paris', '75002', 'FR'],
  ],
  [
    'empresa.es',
    [
      ['Dirección', 'Calle Mayor 12'],
      ['Código postal', '28013'],
      ['Ciudad', 'Madrid'],
    ],
    ['Calle Mayor 12', 'Madrid', '28013', 'ES'],
  ],
  [
    'ditta.it',
    [
      ['Indirizzo', 'Via Roma 12'],
      ['Città', 'Milano'],
      ['CAP', '20121'],
    ],
    ['Via Roma 12', 'Milano', '20121', 'IT'],
  ],
  [
    'bedrijf.nl',
    [
      ['Adres', 'Dorpsstraat 12'],
      ['Postcode', '3512 AB'],
      ['Plaats', 'Utrecht'],
    ],
    ['Dorpsstraat 12', 'Utrecht', '3512 AB', 'NL'],
  ],
  [
    'firm.co.uk',
    [
      ['Address', '12 High Street'],
      ['Town', 'Guildford'],
      ['Postcode', 'GU1 3AA'],
    ],
    ['12 High Street', 'Guildford', 'GU1 3AA', 'GB'],
  ],
  [
    'firm.com',
    [
      ['Street Address', '12 Main St'],
      ['City', 'Springfield'],
      ['State/Province', 'IL'],
      ['Zip Code', '62701'],
    ],
    ['12 Main St', 'Springfield', '62701', 'US'],
  ],
];

describe('addresses beside the names of their fields', () => {
  for (const [layout, write] of LAYOUTS) {
    for (const [host, fields, found] of CASES) {
      const names = fields.map(([name]) => name).join(', ');
      it(`are read from ${layout}: ${names}`, () => {
        const html = `<h1>Contact</h1>${write(fields)}<p>Tel. 030 123456</p>`;
        const view = buildPageView(html, `https://www.${host}/`);
        const read = findAddresses(view).map((each) => [
          each.street,
          each.city,
          each.postalCode,
          each.country,
        ]);
        assert.deepEqual(read, [found]);
      });
    }
  }

  it('are parted by names alone, not by towns and streets that hold such words', () => {
    for (const name of ['PLZ / Ort', 'Code postal', 'City, State, Zip', 'Address line 1', 'Ort:']) {
      assert.equal(isFieldName(name), true, name);
    }
    for (const part of ['Ortenburg', 'New York City', 'Stadt Wehlen', 'Code', 'Line 1', '12', '']) {
      assert.equal(isFieldName(part), false, part);
    }
  });
});
