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
    'Acme Tools\n2828 SW Corwin Avenue Suite 135\nPortland, OR 97201\nPhone: 503-555-0123',
    '2828 SW Corwin Avenue Suite 135',
    'Portland',
    'OR',
    '97201',
    'US',
  ],
  [
    'Find us: 17 Elm Street, Springfield, Illinois 62701',
    '17 Elm Street',
    'Springfield',
    'Illinois',
    '62701',
    'US',
  ],
  [
    '1190 Kenwood Circle NW | Suite 120 | Marietta GA 30066 |Sitemap',
    '1190 Kenwood Circle NW, Suite 120',
    'Marietta',
    'GA',
    '30066',
    'US',
  ],
  [
    'info@acme.test | 2828 SW Corwin Avenue Suite 135 Portland OR 97201 | © 2014',
    '2828 SW Corwin Avenue Suite 135',
    'Portland',
    'OR',
    '97201',
    'US',
  ],
  [
    'Mailing Address:\nP.O. Box 291\nAnson ME 04911-0291',
    'P.O. Box 291',
    'Anson',
    'ME',
    '04911-0291',
    'US',
  ],
  [
    'ACME INC.\n1617 3rd Avenue\nSuite 7080\nNew York NY\n10128\n',
    '1617 3rd Avenue, Suite 7080',
    'New York',
    'NY',
    '10128',
    'US',
  ],
  [
    'Our shop is located at 245 East Bonham Avenue, San Dimas CA 91773 near the park',
    '245 East Bonham Avenue',
    'San Dimas',
    'CA',
    '91773',
    'US',
  ],
  [
    'One Harbor Plaza\n12th Floor\nStamford, Conn. 06902',
    'One Harbor Plaza, 12th Floor',
    'Stamford',
    'Conn',
    '06902',
    'US',
  ],
  [
    'N112 W16700 Mercer Road Germantown WI 53022',
    'N112 W16700 Mercer Road',
    'Germantown',
    'WI',
    '53022',
    'US',
  ],
  ['Acme Lodge 10 State Rd, Bath, ME 04530', '10 State Rd', 'Bath', 'ME', '04530', 'US'],
  [
    '4200 Highway 12 East\nSt. Louis, Missouri 63101 USA',
    '4200 Highway 12 East',
    'St. Louis',
    'Missouri',
    '63101',
    'US',
  ],
  [
    '5022 W. Route 66 Suite # 102, Winston-Salem, NC 27101',
    '5022 W. Route 66 Suite # 102',
    'Winston-Salem',
    'NC',
    '27101',
    'US',
  ],
  [
    '306 E 82nd St. #1\nNew York, N.Y. 10028',
    '306 E 82nd St. #1',
    'New York',
    'N.Y',
    '10028',
    'US',
  ],
  [
    '500 Sky Way\nSuite # 200 Irvine\nCalifornia 92614\nUSA',
    '500 Sky Way, Suite # 200',
    'Irvine',
    'California',
    '92614',
    'US',
  ],
  ['100 Broadway, New York, NY 10005', '100 Broadway', 'New York', 'NY', '10005', 'US'],
  ['Address\t123 Oak Ln.\tDallas, Texas 75201', '123 Oak Ln.', 'Dallas', 'Texas', '75201', 'US'],
  ['19 Murray Hill Rd · Boise · ID · 83702', '19 Murray Hill Rd', 'Boise', 'ID', '83702', 'US'],
  [
    'Visit: 77 W Wacker Dr, Floor 30, Chicago, IL, 60601, United States',
    '77 W Wacker Dr, Floor 30',
    'Chicago',
    'IL',
    '60601',
    'US',
  ],
  ['Calle Fortaleza 63\nSan Juan, PR 00901', 'Calle Fortaleza 63', 'San Juan', 'PR', '00901', 'US'],
  [
    '101-1305 Welland St\nNorth Vancouver\nV7P 1B3 BC.\nCanada',
    '101-1305 Welland St',
    'North Vancouver',
    'BC',
    'V7P 1B3',
    'CA',
  ],
  ['8765 Caribou Pl, Burnaby, B.C., V3N 4T2', '8765 Caribou Pl', 'Burnaby', 'B.C', 'V3N 4T2', 'CA'],
  [
    '439 King Street West, Fifth Floor\nToronto, Ontario, Canada\nM5V 1K4',
    '439 King Street West, Fifth Floor',
    'Toronto',
    'Ontario',
    'M5V 1K4',
    'CA',
  ],
  [
    '1250, boulevard René-Lévesque Ouest\nMontréal (Québec) H3B 4W8',
    '1250, boulevard René-Lévesque Ouest',
    'Montréal',
    'Québec',
    'H3B 4W8',
    'CA',
  ],
  [
    'Acme Pty Ltd\nLvl2 845 Pacific Hwy\nChatswood NSW 2067',
    'Lvl2 845 Pacific Hwy',
    'Chatswood',
    'NSW',
    '2067',
    'AU',
  ],
  ['PO Box 5214\nWest End\nQLD 4101', 'PO Box 5214', 'West End', 'QLD', '4101', 'AU'],
  [
    'Unit 3/12 Collins Street, Melbourne VIC 3000 Australia',
    'Unit 3/12 Collins Street',
    'Melbourne',
    'VIC',
    '3000',
    'AU',
  ],
  [
    'Level 4, 99 Queen Street, Auckland 1010, New Zealand',
    'Level 4, 99 Queen Street',
    'Auckland',
    '',
    '1010',
    'NZ',
  ],
  [
    'Acme Ltd\nUnit 12 Admiral Court\nNelson Road\nDartmouth\nDevon\nTQ6 9HU\nUnited Kingdom',
    'Unit 12 Admiral Court, Nelson Road',
    'Dartmouth',
    'Devon',
    'TQ6 9HU',
    'GB',
  ],
  [
    'Colgrave House\n70 Barnes Street\nLondon\nW1T 3NL',
    'Colgrave House, 70 Barnes Street',
    'London',
    '',
    'W1T 3NL',
    'GB',
  ],
  [
    'Registered office: 10 High Street, Leeds, LS1 4AB',
    '10 High Street',
    'Leeds',
    '',
    'LS1 4AB',
    'GB',
  ],
  [
    'International House | 1-6 Yarrow Place | Mayfair | London W1J 7BU',
    'International House, 1-6 Yarrow Place, Mayfair',
    'London',
    '',
    'W1J 7BU',
    'GB',
  ],
  [
    'PO BOX 377\nSittingbourne\nKent\nME97BZ',
    'PO BOX 377',
    'Sittingbourne',
    'Kent',
    'ME97BZ',
    'GB',
  ],
  ['5 Dame Street\nDublin 2\nD02 X285\nIreland', '5 Dame Street', 'Dublin 2', '', 'D02 X285', 'IE'],
  [
    'Clonmel House, Portland Road, Tullamore, Co. Offaly',
    'Clonmel House, Portland Road',
    'Tullamore',
    'Co. Offaly',
    '',
    'IE',
  ],
  [
    '12 Elm Street\nPO Box 55\nAnson, ME 04911',
    '12 Elm Street, PO Box 55',
    'Anson',
    'ME',
    '04911',
    'US',
  ],
  [
    'Street\t12 Elm Street\nCity\tDallas\nState\tTX\nZip:\t75201',
    '12 Elm Street',
    'Dallas',
    'TX',
    '75201',
    'US',
  ],
  [
    '25, Metro Dr.\n3rd Floor\nSan Jose\nCalifornia 95110\nUSA',
    '25 Metro Dr., 3rd Floor',
    'San Jose',
    'California',
    '95110',
    'US',
  ],
  ['Hwy 20 West\nMillville, MN 55957', 'Hwy 20 West', 'Millville', 'MN', '55957', 'US'],
  ['Market Square\nBath, ME 04530', 'Market Square', 'Bath', 'ME', '04530', 'US'],
  ['55 elm street, los angeles, ca 90012', '55 elm street', 'los angeles', 'ca', '90012', 'US'],
  ['12 Elm Street, Springfield, IL', '12 Elm Street', 'Springfield', 'IL', '', 'US'],
  [
    '12 Elm Street, Springfield, IL\nand again: 12 Elm Street, Springfield, IL 62701',
    '12 Elm Street',
    'Springfield',
    'IL',
    '62701',
    'US',
  ],
  [
    '535 Mission St - San Francisco, California',
    '535 Mission St',
    'San Francisco',
    'California',
    '',
    'US',
  ],
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

const NONE = [
  'We met in Dallas TX 2010 and stayed',
  'Serving Dallas TX 75201, Plano TX 75023 and Frisco TX 75034',
  'Order 12345 Main items in 30 days',
  'Invoice 97201 for $10115 and 2,500 items',
  '© 2013 Berlin Studios. All rights reserved',
  '20828 SE 213th St.',
  'In 2014 Paris was visited by 10000 People',
  'Call 800-433-4512 or 630-505-1511',
  'Part No. 04356 Leipzig Edition, 1000 Watt',
  'since 1998 1010 Wien Straße',
  'version 3.10.10115 Berlin',
  'Model E18 1BD not sold in 2015 any more',
  'Posted Monday, 5 May 2014 at 10:30, 20 Comments',
];

for (const text of NONE) {
  test(`no address: ${text}`, () => {
    assert.deepEqual(findAddresses(textView(text)), []);
  });
}
