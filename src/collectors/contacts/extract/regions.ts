/**
 * States, provinces and counties by the names and abbreviations that addresses carry, for the
 * countries where a region stands between the town and the code.
 */
import { LetterGate } from './letter-gate.ts';

export interface Region {
  /** ISO 3166 alpha-2 of the country. */
  readonly country: string;
  /** First digits that a US ZIP of the state may have, or '' where any code goes. */
  readonly digits: string;
}

/** `abbreviation:name:first digits of its ZIP codes`. */
const US_STATES =
  'AL:Alabama:3|AK:Alaska:9|AZ:Arizona:8|AR:Arkansas:7|CA:California:9|CO:Colorado:8|' +
  'CT:Connecticut:0|DE:Delaware:1|DC:District of Columbia:2|FL:Florida:3|GA:Georgia:3|' +
  'HI:Hawaii:9|ID:Idaho:8|IL:Illinois:6|IN:Indiana:4|IA:Iowa:5|KS:Kansas:6|KY:Kentucky:4|' +
  'LA:Louisiana:7|ME:Maine:0|MD:Maryland:2|MA:Massachusetts:0|MI:Michigan:4|MN:Minnesota:5|' +
  'MS:Mississippi:3|MO:Missouri:6|MT:Montana:5|NE:Nebraska:6|NV:Nevada:8|NH:New Hampshire:0|' +
  'NJ:New Jersey:0|NM:New Mexico:8|NY:New York:10|NC:North Carolina:2|ND:North Dakota:5|' +
  'OH:Ohio:4|OK:Oklahoma:7|OR:Oregon:9|PA:Pennsylvania:1|RI:Rhode Island:0|' +
  'SC:South Carolina:2|SD:South Dakota:5|TN:Tennessee:3|TX:Texas:78|UT:Utah:8|VT:Vermont:0|' +
  'VA:Virginia:2|WA:Washington:9|WV:West Virginia:2|WI:Wisconsin:5|WY:Wyoming:8|' +
  'PR:Puerto Rico:0|GU:Guam:9|VI:Virgin Islands:0';

/** Older and other short forms in use. */
const US_SHORT =
  'Ala:3|Ariz:8|Ark:7|Calif:9|Colo:8|Conn:0|Del:1|Fla:3|Ill:6|Ind:4|Kan:6|Mass:0|Mich:4|' +
  'Minn:5|Miss:3|Mont:5|Neb:6|Nev:8|Okla:7|Ore:9|Penn:1|Penna:1|Tenn:3|Tex:78|Wash:9|Wis:5|' +
  'Wisc:5|Wyo:8|N.Y:10|N.J:0|N.C:2|S.C:2|N.M:8|N.H:0|N.D:5|S.D:5|R.I:0|W.Va:2|D.C:2|Cal:9';

const CA_PROVINCES =
  'AB:Alberta|BC:British Columbia|MB:Manitoba|NB:New Brunswick|NL:Newfoundland and Labrador|' +
  'NF:Newfoundland|NS:Nova Scotia|NT:Northwest Territories|NU:Nunavut|ON:Ontario|' +
  'PE:Prince Edward Island|PEI:P.E.I|QC:Quebec|QC:Québec|PQ:Que|SK:Saskatchewan|YT:Yukon|' +
  'B.C:Ont|Alta:Sask|Man:N.S|N.B:P.Q';

const AU_STATES =
  'NSW:New South Wales|VIC:Victoria|QLD:Queensland|SA:South Australia|WA:Western Australia|' +
  'TAS:Tasmania|ACT:Australian Capital Territory|NT:Northern Territory|N.S.W:Vic';

const UK_COUNTIES =
  'Aberdeenshire|Angus|Argyll|Avon|Ayrshire|Bedfordshire|Beds|Berkshire|Berks|' +
  'Buckinghamshire|Bucks|Cambridgeshire|Cambs|Carmarthenshire|Ceredigion|Cheshire|Cleveland|' +
  'Clwyd|Conwy|Cornwall|County Antrim|County Armagh|County Down|County Durham|' +
  'County Fermanagh|County Londonderry|County Tyrone|Co. Antrim|Co. Armagh|Co. Down|' +
  'Co. Durham|Co. Tyrone|Co Antrim|Co Down|Co Durham|Cumbria|Denbighshire|Derbyshire|Devon|' +
  'Dorset|Dumfriesshire|Dyfed|East Lothian|East Sussex|East Yorkshire|Essex|Fife|Flintshire|' +
  'Gloucestershire|Glos|Greater London|Greater Manchester|Gwent|Gwynedd|Hampshire|Hants|' +
  'Herefordshire|Hertfordshire|Herts|Isle of Wight|Kent|Lanarkshire|Lancashire|Lancs|' +
  'Leicestershire|Leics|Lincolnshire|Lincs|Merseyside|Mid Glamorgan|Middlesex|Middx|Midlothian|' +
  'Monmouthshire|Moray|Norfolk|North Humberside|North Yorkshire|Northamptonshire|Northants|' +
  'Northumberland|North Lincolnshire|Nottinghamshire|Notts|Oxfordshire|Oxon|Pembrokeshire|' +
  'Perthshire|Powys|Renfrewshire|Rutland|Shropshire|Somerset|South Glamorgan|South Yorkshire|' +
  'Staffordshire|Staffs|Stirlingshire|Suffolk|Surrey|Sussex|Tyne and Wear|Tyne & Wear|' +
  'Warwickshire|Warks|West Glamorgan|West Lothian|West Midlands|West Sussex|West Yorkshire|' +
  'Wiltshire|Wilts|Worcestershire|Worcs|Yorkshire|Yorks';

const IE_COUNTIES =
  'Carlow|Cavan|Clare|Cork|Donegal|Dublin|Galway|Kerry|Kildare|Kilkenny|Laois|Leitrim|' +
  'Limerick|Longford|Louth|Mayo|Meath|Monaghan|Offaly|Roscommon|Sligo|Tipperary|Waterford|' +
  'Westmeath|Wexford|Wicklow';

const INDIAN_STATES =
  'Andhra Pradesh|Arunachal Pradesh|Assam|Bihar|Chhattisgarh|Delhi NCR|Goa|Gujarat|Haryana|' +
  'Himachal Pradesh|Jharkhand|Karnataka|Kerala|Madhya Pradesh|Maharashtra|Manipur|Meghalaya|' +
  'Odisha|Orissa|Punjab|Rajasthan|Sikkim|Tamil Nadu|Tamilnadu|Telangana|Tripura|Uttar Pradesh|' +
  'Uttarakhand|West Bengal|UP|MP|TN|WB|Jammu and Kashmir';

const BRAZILIAN_STATES =
  'AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO|' +
  'São Paulo|Rio de Janeiro|Minas Gerais|Paraná|Bahia|Santa Catarina|Rio Grande do Sul';

/** States of Mexico, in full and as letters shorten them, and the provinces of Spain. */
const MEXICAN_AND_SPANISH =
  'CDMX|D.F|DF|Ags|Aguascalientes|B.C|B.C.S|Baja California|Baja California Sur|Camp|Campeche|' +
  'Chis|Chiapas|Chih|Chihuahua|Coah|Coahuila|Col|Colima|Dgo|Durango|Edo. Méx|Edomex|Méx|' +
  'Estado de México|Gto|Guanajuato|Gro|Guerrero|Hgo|Hidalgo|Jal|Jalisco|Mich|Michoacán|Mor|' +
  'Morelos|Nay|Nayarit|N.L|NL|Nuevo León|Oax|Oaxaca|Pue|Puebla|Qro|Querétaro|Q.R|Q. Roo|' +
  'Quintana Roo|S.L.P|SLP|San Luis Potosí|Sin|Sinaloa|Son|Sonora|Tab|Tabasco|Tamps|Tamaulipas|' +
  'Tlax|Tlaxcala|Ver|Veracruz|Yuc|Yucatán|Zac|Zacatecas|' +
  'Álava|Albacete|Alicante|Almería|Asturias|Ávila|Badajoz|Baleares|Barcelona|Burgos|Cáceres|' +
  'Cádiz|Cantabria|Castellón|Ciudad Real|Córdoba|Cuenca|Girona|Granada|Guadalajara|Guipúzcoa|' +
  'Huelva|Huesca|Jaén|La Coruña|A Coruña|La Rioja|Las Palmas|León|Lleida|Lugo|Madrid|Málaga|' +
  'Murcia|Navarra|Ourense|Palencia|Pontevedra|Salamanca|Segovia|Sevilla|Soria|Tarragona|' +
  'Tenerife|Teruel|Toledo|Valencia|Valladolid|Vizcaya|Bizkaia|Gipuzkoa|Zamora|Zaragoza';

/** Regions before a five-digit ZIP, by lower-case name without a final dot. */
export const US_REGIONS: ReadonlyMap<string, Region> = usRegions();
/** Provinces beside a Canadian code. */
export const CA_REGIONS: ReadonlyMap<string, Region> = regionsOf('CA', CA_PROVINCES, /[|:]/);
/** States before a four-digit Australian code. */
export const AU_REGIONS: ReadonlyMap<string, Region> = regionsOf('AU', AU_STATES, /[|:]/);
/** States before an Indian PIN code. */
export const IN_REGIONS: ReadonlyMap<string, Region> = regionsOf('IN', INDIAN_STATES, /\|/);
/** States before a Brazilian CEP. */
export const BR_REGIONS: ReadonlyMap<string, Region> = regionsOf('BR', BRAZILIAN_STATES, /\|/);
/** Mexican states and Spanish provinces behind a town. */
export const MX_ES_REGIONS: ReadonlyMap<string, Region> = regionsOf('', MEXICAN_AND_SPANISH, /\|/);
/** Counties in British addresses. */
export const GB_REGIONS: ReadonlyMap<string, Region> = regionsOf('GB', UK_COUNTIES, /\|/);
/** Counties of Ireland, without `Co.` before them. */
export const IE_REGIONS: ReadonlyMap<string, Region> = regionsOf('IE', IE_COUNTIES, /\|/);

/** The country that a region and a code of these forms belong to, or ''. */
export function countryOfRegion(region: string, postalCode: string): string {
  const name = region.toLowerCase().replace(/\.$/, '');
  if (/^\d{5}(?:-\d{4})?$/.test(postalCode) && US_REGIONS.has(name)) return 'US';
  if (/^[A-Z]\d[A-Z] ?\d[A-Z]\d$/i.test(postalCode)) return 'CA';
  if (/^\d{4}$/.test(postalCode) && AU_REGIONS.has(name)) return 'AU';
  return /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/i.test(postalCode) ? 'GB' : '';
}

/** A region's name that ends at `end`. */
export interface RegionMatch {
  readonly region: Region;
  readonly start: number;
  /** As written, without a final dot. */
  readonly name: string;
}

const NAME_CHARS_MAX = 30;
const NAME_WORDS_MAX = 4;

/**
 * The longest region name that ends at `end` in `text` and begins at a word. An abbreviation counts
 * in capitals, or in any letters where `loose`, which asks for a code behind it: `in`, `or`
 * and `me`
 * are words of the language elsewhere.
 */
export function regionBefore(
  { text, units }: { readonly text: string; readonly units: Uint16Array },
  end: number,
  regions: ReadonlyMap<string, Region>,
  loose: boolean,
): RegionMatch | undefined {
  const stop = units[end - 1] === 46 ? end - 1 : end;
  if (!gateOf(regions).closesIn(units, stop)) return undefined;
  const floor = Math.max(0, stop - NAME_CHARS_MAX);
  let best: RegionMatch | undefined;
  let start = stop;
  for (let words = 0; words < NAME_WORDS_MAX && start > floor; words++) {
    start = wordStart(units, start, floor);
    const name = text.slice(start, stop);
    const region = regions.get(name.toLowerCase());
    if (region !== undefined && isCased(name, loose)) best = { region, start, name };
    if (units[start - 1] !== 32) break;
    start--;
  }
  return best;
}

const GATES = new WeakMap<ReadonlyMap<string, Region>, LetterGate>();

/** Turns away places where no name of `regions` can begin or end. */
export function gateOf(regions: ReadonlyMap<string, Region>): LetterGate {
  let gate = GATES.get(regions);
  if (gate === undefined) {
    gate = new LetterGate(regions.keys());
    GATES.set(regions, gate);
  }
  return gate;
}

function wordStart(units: Uint16Array, end: number, floor: number): number {
  let at = end;
  while (at > floor && isNameCode(units[at - 1]!)) at--;
  return at;
}

/** Letters, dots and the ampersand of `Tyne & Wear`. */
function isNameCode(code: number): boolean {
  const folded = code | 32;
  return (folded >= 97 && folded <= 122) || code === 46 || code === 38 || code >= 192;
}

function isCased(name: string, loose: boolean): boolean {
  const first = name.charCodeAt(0);
  if (first >= 97 && first <= 122) return loose && name.length === 2;
  return name.length > 3 || loose || name === name.toUpperCase();
}

function usRegions(): ReadonlyMap<string, Region> {
  const regions = new Map<string, Region>();
  for (const entry of US_STATES.split('|')) {
    const [short, name, digits] = entry.split(':') as [string, string, string];
    regions.set(short.toLowerCase(), { country: 'US', digits });
    regions.set(name.toLowerCase(), { country: 'US', digits });
  }
  for (const entry of US_SHORT.split('|')) {
    const [short, digits] = entry.split(':') as [string, string];
    regions.set(short.toLowerCase(), { country: 'US', digits });
  }
  return regions;
}

function regionsOf(country: string, names: string, between: RegExp): ReadonlyMap<string, Region> {
  return new Map(
    names.split(between).map((name) => [name.toLowerCase(), { country, digits: '' }] as const),
  );
}
