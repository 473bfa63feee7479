/**
 * Countries of the English-language sites. Phone numbers come from the ranges that the regulators
 * keep free for fiction where there is one (555-01xx, Ofcom's drama numbers, ACMA's 5550 and 7010).
 */
import { english } from '../locales/english.ts';
import { type Country, city } from './country.ts';

export const ENGLISH_SPEAKING: readonly Country[] = [
  {
    code: 'US',
    name: 'United States',
    locale: english,
    callingCode: '1',
    endings: ['com', 'us', 'com'],
    legalForms: ['{name} LLC', '{name}, Inc.', '{name} Co.'],
    addressStyle: 'us',
    phoneStyle: 'north-american',
    streets: ['{n} Maple Street', '{n} N Lincoln Ave', '{n} Old Mill Road, Suite 4', '{n} 3rd St'],
    cities: [
      city('Portland', 'OR', '972##', '503 555 01##'),
      city('Austin', 'TX', '787##', '512 555 01##'),
      city('Denver', 'CO', '802##', '303 555 01##'),
      city('Boston', 'MA', '021##', '617 555 01##'),
      city('Chicago', 'IL', '606##', '312 555 01##'),
    ],
  },
  {
    code: 'GB',
    name: 'United Kingdom',
    locale: english,
    callingCode: '44',
    endings: ['co.uk', 'uk', 'org.uk'],
    legalForms: ['{name} Ltd', '{name} Limited', '{name} LLP'],
    addressStyle: 'uk',
    phoneStyle: 'trunk-0',
    streets: ['{n} High Street', '{n} Station Road', '{n} Victoria Gardens', '{n} Mill Lane'],
    cities: [
      city('London', '', 'SE1 #@@', '20 7946 0###'),
      city('Leeds', '', 'LS1 #@@', '113 496 0###'),
      city('Bristol', '', 'BS1 #@@', '117 496 0###'),
      city('Edinburgh', '', 'EH2 #@@', '131 496 0###'),
      city('Manchester', '', 'M2 #@@', '161 496 0###'),
    ],
  },
  {
    code: 'IE',
    name: 'Ireland',
    locale: english,
    callingCode: '353',
    endings: ['ie'],
    legalForms: ['{name} Ltd', '{name} DAC'],
    addressStyle: 'uk',
    phoneStyle: 'trunk-0',
    streets: ['{n} Main Street', '{n} Bridge Street', '{n} Harbour View', '{n} Church Road'],
    cities: [
      city('Dublin', '', 'D02 @#@#', '1 555 ####'),
      city('Cork', '', 'T12 @#@#', '21 455 ####'),
      city('Galway', '', 'H91 @#@#', '91 55 ####'),
      city('Limerick', '', 'V94 @#@#', '61 55 ####'),
      city('Waterford', '', 'X91 @#@#', '51 55 ####'),
    ],
  },
  {
    code: 'AU',
    name: 'Australia',
    locale: english,
    callingCode: '61',
    endings: ['com.au', 'net.au', 'com.au'],
    legalForms: ['{name} Pty Ltd', '{name} Group Pty Ltd'],
    addressStyle: 'au',
    phoneStyle: 'trunk-0',
    streets: [
      '{n} George Street',
      '{n} Wattle Parade',
      'Unit 3, {n} Harbour Drive',
      '{n} King Street',
    ],
    cities: [
      city('Sydney', 'NSW', '20##', '2 5550 ####'),
      city('Melbourne', 'VIC', '30##', '3 5550 ####'),
      city('Brisbane', 'QLD', '40##', '7 5550 ####'),
      city('Perth', 'WA', '60##', '8 5550 ####'),
      city('Adelaide', 'SA', '50##', '8 7010 ####'),
    ],
  },
  {
    code: 'CA',
    name: 'Canada',
    locale: english,
    callingCode: '1',
    endings: ['ca'],
    legalForms: ['{name} Inc.', '{name} Ltd.'],
    addressStyle: 'us',
    phoneStyle: 'north-american',
    streets: ['{n} King Street West', '{n} Granville Street', '{n} Lakeshore Blvd', '{n} Pine Ave'],
    cities: [
      city('Toronto', 'ON', 'M5H #A#', '416 555 01##'),
      city('Vancouver', 'BC', 'V6B #B#', '604 555 01##'),
      city('Montreal', 'QC', 'H3A #N#', '514 555 01##'),
      city('Calgary', 'AB', 'T2P #L#', '403 555 01##'),
      city('Ottawa', 'ON', 'K1P #R#', '613 555 01##'),
    ],
  },
];
