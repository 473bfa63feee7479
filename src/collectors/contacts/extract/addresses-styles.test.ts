import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';

/**
 * Addresses in the hand of the sites that carry them: footers parted by bars, forms, shouted lines,
 * crossings, rural routes, units above boxes, and look-alikes in sentences.
 */

type Row = readonly [text: string, addresses: readonly string[], url?: string];

const ROWS: readonly Row[] = [
  [
    'Our office is at 2530 Ridge Avenue, Suite 305 in Evanston, Illinois 60201.',
    ['2530 Ridge Avenue, Suite 305|Evanston|Illinois|60201'],
  ],
  [
    'Name:\tSunnyvale Farms\nAddress:\t14775 County Road 98\nCity/State/Zip:\tWoodland, CA 95695\nPhone:',
    ['14775 County Road 98|Woodland|CA|95695'],
  ],
  [
    'Plot No. 21, Sector 18\nGurgaon 122015, Haryana, India\nTel',
    ['Plot No. 21, Sector 18|Gurgaon|Haryana|122015'],
  ],
  [
    'Hobart\nCnr Elizabeth & Melville Sts, Hobart TAS 7000\nPh',
    ['Cnr Elizabeth & Melville Sts|Hobart|TAS|7000'],
    'https://x.com.au/',
  ],
  [
    'Brandywine Antiques\nU.S. Route 202 & Naamans Road\nWilmington, Delaware 19803',
    ['U.S. Route 202 & Naamans Road|Wilmington|Delaware|19803'],
  ],
  [
    'Foo Corp\n800 Harbor Way, P.O. Box 1777, Westport, Washington 98595-1777',
    ['800 Harbor Way, P.O. Box 1777|Westport|Washington|98595-1777'],
  ],
  [
    'Corner of Main and 5th Streets\nTulsa, OK 74103',
    ['Corner of Main and 5th Streets|Tulsa|OK|74103'],
  ],
  ['Visit us: 12 Oak St. | Dover, NH 03820 | 603-555-0100', ['12 Oak St.|Dover|NH|03820']],
  ['ACME INC. 500 S. STATE ST. ANN ARBOR MI 48109', ['500 S. STATE ST.|ANN ARBOR|MI|48109']],
  [
    'P.O. BOX 90210, BEVERLY HILLS, CALIFORNIA, 90210',
    ['P.O. BOX 90210|BEVERLY HILLS|CALIFORNIA|90210'],
  ],
  [
    '19 West 44th Street, 10th Floor, New York, NY 10036-6101, USA',
    ['19 West 44th Street, 10th Floor|New York|NY|10036-6101'],
  ],
  [
    'The Foo Building\n400 Capitol Mall, 22nd Flr\nSacramento, Calif. 95814',
    ['400 Capitol Mall, 22nd Flr|Sacramento|Calif|95814'],
  ],
  ['1 Infinite Loop\nCupertino, CA\n95014', ['1 Infinite Loop|Cupertino|CA|95014']],
  ['RR 2 Box 33A\nPittsfield, IL 62363', ['RR 2 Box 33A|Pittsfield|IL|62363']],
  ['N27W23960 Paul Ct\nPewaukee WI 53072', ['N27W23960 Paul Ct|Pewaukee|WI|53072']],
  [
    '12345 S.E. 82nd Dr., Ste. B-12\nClackamas, Ore. 97015',
    ['12345 S.E. 82nd Dr., Ste. B-12|Clackamas|Ore|97015'],
  ],
  [
    'Address: 77 Massachusetts Ave, Rm 7-111, Cambridge, MA, USA 02139',
    ['77 Massachusetts Ave, Rm 7-111|Cambridge|MA|02139'],
  ],
  [
    '3 Lagoon Drive Suite 180 Redwood City, CA 94065',
    ['3 Lagoon Drive Suite 180|Redwood City|CA|94065'],
  ],
  [
    'Foo Tower, 1500 Broadway, Times Square, New York, New York 10036',
    ['1500 Broadway, Times Square|New York|New York|10036'],
  ],
  [
    '29 Broad St.\nSuite 4\nP.O. Box 12\nCharleston, South Carolina 29401',
    ['29 Broad St., Suite 4, P.O. Box 12|Charleston|South Carolina|29401'],
  ],
  ['Two Penn Plaza, 15th fl., New York NY 10121', ['Two Penn Plaza, 15th fl.|New York|NY|10121']],
  ['100 Half Day Rd\nLincolnshire, IL. 60069', ['100 Half Day Rd|Lincolnshire|IL|60069']],
  ['4 Old Forge Rd. Millis, MA. 02054 tel. 508-555-0100', ['4 Old Forge Rd.|Millis|MA|02054']],
  [
    'Located in the Foo Mall - 6000 Sepulveda Blvd - Culver City - CA - 90230',
    ['6000 Sepulveda Blvd|Culver City|CA|90230'],
  ],
  ['Hwy 61 North\nVicksburg, MS 39183', ['Hwy 61 North|Vicksburg|MS|39183']],
  ['Ash House 7-8 The Shambles, York YO1 7LZ', ['Ash House 7-8 The Shambles|York||YO1 7LZ']],
  ['36-38 Cornhill, London EC3V 3NG', ['36-38 Cornhill|London||EC3V 3NG']],
  [
    'The Old Rectory\nMain Street\nGlenfield\nLeicester\nLeicestershire LE3 8DG',
    ['The Old Rectory, Main Street, Glenfield|Leicester|Leicestershire|LE3 8DG'],
  ],
  [
    'Foo Ltd., Unit 12, Riverside Business Park, Dogflud Way, Farnham, Surrey. GU9 7SS',
    ['Unit 12, Riverside Business Park, Dogflud Way|Farnham|Surrey|GU9 7SS'],
  ],
  [
    '71-75 Shelton Street, Covent Garden, London, WC2H 9JQ, UNITED KINGDOM',
    ['71-75 Shelton Street, Covent Garden|London||WC2H 9JQ'],
  ],
  [
    'Flat 2, 14 Tottenham Court Road\nLondon\nW1T 1JY',
    ['Flat 2, 14 Tottenham Court Road|London||W1T 1JY'],
  ],
  ['PO Box 123, Manly NSW 1655 Australia', ['PO Box 123|Manly|NSW|1655']],
  [
    'Level 12, 60 Castlereagh Street\nSydney, NSW, 2000',
    ['Level 12, 60 Castlereagh Street|Sydney|NSW|2000'],
  ],
  ['Suite 3/56 Railway Pde, Burwood, N.S.W. 2134', ['Suite 3/56 Railway Pde|Burwood|N.S.W|2134']],
  ['GPO Box 2343\nAdelaide South Australia 5001', ['GPO Box 2343|Adelaide|South Australia|5001']],
  [
    '2/14 Enterprise Street\nMolendinar\nQueensland 4214',
    ['2/14 Enterprise Street|Molendinar|Queensland|4214'],
  ],
  [
    '200 Bay Street, South Tower, Suite 3000, Toronto, ON, Canada M5J 2J1',
    ['200 Bay Street, South Tower, Suite 3000|Toronto|ON|M5J 2J1'],
  ],
  [
    '1055 W. Hastings St., Vancouver, B.C., V6E 2E9',
    ['1055 W. Hastings St.|Vancouver|B.C|V6E 2E9'],
  ],
  ['Box 220, Station Main\nWinnipeg MB R3C 2G1', ['Box 220, Station Main|Winnipeg|MB|R3C 2G1']],
  ['12-345 Main Street\nHalifax, N.S. B3J 1A1', ['12-345 Main Street|Halifax|N.S|B3J 1A1']],
  [
    '2nd Floor, 49 High St.\nKingston-upon-Thames\nKT1 1LQ',
    ['2nd Floor, 49 High St.|Kingston-upon-Thames||KT1 1LQ'],
  ],
  [
    'Mail to: Foo Co., 44 Elm St., Keene, New Hampshire 03431 (map)',
    ['44 Elm St.|Keene|New Hampshire|03431'],
  ],
  [
    '345 Park Ave S, 5th Fl, New York City, NY 10010',
    ['345 Park Ave S, 5th Fl|New York City|NY|10010'],
  ],
  ['901 N 5th St, St. Louis, MO 63102', ['901 N 5th St|St. Louis|MO|63102']],
  ['7500 E McDowell Rd, Scottsdale,AZ 85257', ['7500 E McDowell Rd|Scottsdale|AZ|85257']],
  ['1200 Smith, Suite 1600\nHouston TX 77002', ['1200 Smith, Suite 1600|Houston|TX|77002']],
  [
    'Headquarters\n9 Galen Street\nWatertown, MA 02472 USA\n+1 617 555 0100',
    ['9 Galen Street|Watertown|MA|02472'],
  ],
  [
    '101 Crossways Park West\nWoodbury\nLong Island, NY 11797',
    ['101 Crossways Park West, Woodbury|Long Island|NY|11797'],
  ],
  ['We serve Dallas, TX 75201 and Plano, TX 75023', []],
  ['Sold 1200 units in Denver, CO 80202', []],
];

for (const [text, wanted, url] of ROWS) {
  test(`written as ${JSON.stringify(text)}`, () => {
    const none: never[] = [];
    const found = findAddresses({
      url: url ?? 'https://example.com/',
      base: '',
      lang: '',
      title: '',
      text,
      links: none,
      jsonLd: none,
      meta: new Map(),
      marks: none,
      scripts: none,
    });
    const parts = found.map((a) => [a.street, a.city, a.state, a.postalCode].join('|'));
    assert.deepEqual(parts, wanted);
  });
}
