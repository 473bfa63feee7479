import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAddresses } from './addresses.ts';

/**
 * Addresses in the hand of the sites that carry them: footers parted by bars, forms, shouted lines,
 * crossings, rural routes, units above boxes, and look-alikes in sentences.
 */

type Row = readonly [text: string, addresses: readonly string[], url?: string];

const ROWS: readonly Row[] = [
  ['455 Oak StreetMarion, OH 43302', ['455 Oak Street|Marion|OH|43302']],
  ['77 Elm Rd, Suite 4Kent, OH 44240', ['77 Elm Rd, Suite 4|Kent|OH|44240']],
  ['1 Main St (by the mall), Akron, OH 44301', ['1 Main St (by the mall)|Akron|OH|44301']],
  [
    'Address 1\n455 Oak Street\nAddress Line 2\nSuite 4\nCity/State/Zip\nMarion, OH 43302',
    ['455 Oak Street, Suite 4|Marion|OH|43302'],
  ],
  ['455 Oak Street - PO Box 12\nMarion, OH 43302', ['455 Oak Street - PO Box 12|Marion|OH|43302']],
  [
    '12, avenue des Lilas - BP 123 - 75008 PARIS CEDEX 08',
    ['12, avenue des Lilas - BP 123|PARIS||75008'],
    'https://x.fr/',
  ],
  [
    'Besöksadress: Storgatan 12 B, 411 38 Göteborg',
    ['Storgatan 12 B|Göteborg||411 38'],
    'https://x.se/',
  ],
  [
    'Sitz der Gesellschaft: Gartenweg 5, 10115 Berlin',
    ['Gartenweg 5|Berlin||10115'],
    'https://x.de/',
  ],
  ['One Financial Center, Boston, MA 02111', ['One Financial Center|Boston|MA|02111']],
  [
    'Two Penn Center, Suite 500\nPhiladelphia, PA 19102',
    ['Two Penn Center, Suite 500|Philadelphia|PA|19102'],
  ],
  [
    'Five Tower Bridge, 300 Barr Harbor Drive, West Conshohocken, PA 19428',
    ['300 Barr Harbor Drive|West Conshohocken|PA|19428'],
  ],
  ['One of our centers, Boston, MA 02111', []],
  ['One stop at a shopping center, Boston, MA 02111', []],
  ['Mon-Fri 9-5 455 Oak St, Akron, OH 44301', ['455 Oak St|Akron|OH|44301']],
  ['9-11 West Street, Akron, OH 44301', ['9-11 West Street|Akron|OH|44301']],
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
  [
    'Foo Ltd\nRegistered office: 12 Hope Street, Edinburgh EH2 4DB\nTel',
    ['12 Hope Street|Edinburgh||EH2 4DB'],
    'https://example.co.uk/',
  ],
  [
    'The Foo Centre, 44 Marsh Lane, Bootle, Liverpool, Merseyside, L20 4JQ',
    ['The Foo Centre, 44 Marsh Lane, Bootle|Liverpool|Merseyside|L20 4JQ'],
    'https://example.co.uk/',
  ],
  [
    'Unit 5b\nMill Road Industrial Estate\nLinlithgow\nWest Lothian\nEH49 7SF',
    ['Unit 5b, Mill Road Industrial Estate|Linlithgow|West Lothian|EH49 7SF'],
    'https://example.co.uk/',
  ],
  [
    'Brook House, 54a Cowley Mill Road\nUxbridge\nMiddlesex UB8 2QE',
    ['Brook House, 54a Cowley Mill Road|Uxbridge|Middlesex|UB8 2QE'],
    'https://example.co.uk/',
  ],
  [
    '1st Floor, Sackville House, 143-149 Fenchurch Street, London. EC3M 6BL.',
    ['1st Floor, Sackville House, 143-149 Fenchurch Street|London||EC3M 6BL'],
    'https://example.co.uk/',
  ],
  [
    'Foo Farm\nMain Road\nTeston\nMaidstone\nKent\nME18 5AA\nUK',
    ['Foo Farm, Main Road, Teston|Maidstone|Kent|ME18 5AA'],
    'https://example.co.uk/',
  ],
  [
    'FREEPOST RSXX-YYZZ, Foo, PO Box 1, Hull HU1 1AA',
    ['PO Box 1|Hull||HU1 1AA'],
    'https://example.co.uk/',
  ],
  [
    'Write: Foo Ltd, Suite 100, 14 Golden Square, Soho, London W1F 9JF, England',
    ['Suite 100, 14 Golden Square, Soho|London||W1F 9JF'],
    'https://example.co.uk/',
  ],
  [
    'Tel: 0113 496 0100 Address: 3 Park Row, Leeds, LS1 5HD Email: x@y.co.uk',
    ['3 Park Row|Leeds||LS1 5HD'],
    'https://example.co.uk/',
  ],
  [
    '14 Y Stryd Fawr, Pwllheli, Gwynedd LL53 5RR',
    ['14 Y Stryd Fawr|Pwllheli|Gwynedd|LL53 5RR'],
    'https://example.co.uk/',
  ],
  [
    'Cwmdu House, Carmarthen Road, Swansea, SA5 8JF',
    ['Cwmdu House, Carmarthen Road|Swansea||SA5 8JF'],
    'https://example.co.uk/',
  ],
  [
    '10-12 Donegall Sq. West\nBelfast\nCo. Antrim\nBT1 6JH\nNorthern Ireland',
    ['10-12 Donegall Sq. West|Belfast|Co. Antrim|BT1 6JH'],
    'https://example.co.uk/',
  ],
  [
    'Foo\n25 Merrion Square\nDublin 2\nIreland',
    ['25 Merrion Square|Dublin 2||'],
    'https://foo.ie/',
  ],
  [
    'Unit 4 Sandyford Business Centre, Burtonhall Road, Dublin 18, D18 X7E2',
    ['Unit 4 Sandyford Business Centre, Burtonhall Road|Dublin 18||D18 X7E2'],
    'https://foo.ie/',
  ],
  [
    'Main Street, Blessington, Co. Wicklow, W91 X2P0',
    ['Main Street|Blessington|Co. Wicklow|W91 X2P0'],
    'https://foo.ie/',
  ],
  ['68 Waymouth St\nAdelaide SA 5000', ['68 Waymouth St|Adelaide|SA|5000'], 'https://foo.com.au/'],
  [
    'Lot 7 Pinjarra Rd, Mandurah, Western Australia 6210',
    ['Lot 7 Pinjarra Rd|Mandurah|Western Australia|6210'],
    'https://foo.com.au/',
  ],
  [
    'Level 5 / 12 Pirie Street Adelaide, SA, Australia, 5000',
    ['Level 5 / 12 Pirie Street|Adelaide|SA|5000'],
    'https://foo.com.au/',
  ],
  [
    'Factory 2, 19-21 Clarinda Road, Oakleigh South, Vic. 3167',
    ['Factory 2, 19-21 Clarinda Road|Oakleigh South|Vic|3167'],
    'https://foo.com.au/',
  ],
  [
    '5/24 Carbine Way, Mornington Victoria 3931',
    ['5/24 Carbine Way|Mornington|Victoria|3931'],
    'https://foo.com.au/',
  ],
  [
    'PO Box 5214, West Chatswood, NSW 1515',
    ['PO Box 5214|West Chatswood|NSW|1515'],
    'https://foo.com.au/',
  ],
  [
    'Locked Bag 20, Grosvenor Place NSW 1220',
    ['Locked Bag 20|Grosvenor Place|NSW|1220'],
    'https://foo.com.au/',
  ],
  [
    '12 Queen Street, Auckland 1010, New Zealand',
    ['12 Queen Street|Auckland||1010'],
    'https://example.co.uk/',
  ],
  [
    'Private Bag 92-019, Victoria St West, Auckland 1142, New Zealand',
    ['Private Bag 92-019, Victoria St West|Auckland||1142'],
    'https://example.co.uk/',
  ],
  [
    '4 Burdett Dr., R.R.#3, Guelph, Ontario, N1H 6H9',
    ['4 Burdett Dr., R.R.#3|Guelph|Ontario|N1H 6H9'],
    'https://foo.ca/',
  ],
  [
    '#105-1208 Wharf St.\nVictoria, BC V8W 3B9',
    ['#105-1208 Wharf St.|Victoria|BC|V8W 3B9'],
    'https://foo.ca/',
  ],
  [
    '10020 - 101A Avenue NW, Edmonton, Alberta, Canada T5J 3G2',
    ['10020 - 101A Avenue NW|Edmonton|Alberta|T5J 3G2'],
    'https://foo.ca/',
  ],
  [
    'Suite 400 – 1681 Chestnut Street, Vancouver, British Columbia V6J 4M6',
    ['Suite 400 – 1681 Chestnut Street|Vancouver|British Columbia|V6J 4M6'],
    'https://foo.ca/',
  ],
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
