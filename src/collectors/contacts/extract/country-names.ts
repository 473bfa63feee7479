/**
 * English names of the countries with a numbering plan that `countries.ts` does not hold: numbers
 * name countries whose addresses are not read. Written out, because the platform takes as long to
 * open its own list as ten pages do.
 */

/** `code:name`, lower case. */
const NAMES =
  'AC:ascension island|AD:andorra|AF:afghanistan|AG:antigua & barbuda|AI:anguilla|AL:albania|' +
  'AM:armenia|AO:angola|AS:american samoa|AW:aruba|AX:åland islands|AZ:azerbaijan|' +
  'BA:bosnia & herzegovina|BB:barbados|BF:burkina faso|BH:bahrain|BI:burundi|BJ:benin|' +
  'BL:st. barthélemy|BM:bermuda|BN:brunei|BO:bolivia|BQ:caribbean netherlands|BS:bahamas|' +
  'BT:bhutan|BW:botswana|BY:belarus|BZ:belize|CC:cocos (keeling) islands|CD:congo - kinshasa|' +
  'CF:central african republic|CG:congo - brazzaville|CI:côte d’ivoire|CK:cook islands|' +
  'CM:cameroon|CR:costa rica|CU:cuba|CV:cape verde|CW:curaçao|CX:christmas island|' +
  'DJ:djibouti|DM:dominica|DO:dominican republic|DZ:algeria|EC:ecuador|EH:western sahara|' +
  'ER:eritrea|ET:ethiopia|FJ:fiji|FK:falkland islands|FM:micronesia|FO:faroe islands|' +
  'GA:gabon|GD:grenada|GE:georgia|GF:french guiana|GG:guernsey|GH:ghana|GI:gibraltar|' +
  'GL:greenland|GM:gambia|GN:guinea|GP:guadeloupe|GQ:equatorial guinea|GT:guatemala|GU:guam|' +
  'GW:guinea-bissau|GY:guyana|HK:hong kong sar china|HN:honduras|HT:haiti|IM:isle of man|' +
  'IO:british indian ocean territory|IQ:iraq|IR:iran|JM:jamaica|JO:jordan|KG:kyrgyzstan|' +
  'KH:cambodia|KI:kiribati|KM:comoros|KN:st. kitts & nevis|KP:north korea|KW:kuwait|' +
  'KY:cayman islands|KZ:kazakhstan|LA:laos|LB:lebanon|LC:st. lucia|LR:liberia|LS:lesotho|' +
  'LY:libya|MC:monaco|MD:moldova|ME:montenegro|MF:st. martin|MG:madagascar|' +
  'MH:marshall islands|MK:north macedonia|ML:mali|MM:myanmar (burma)|MN:mongolia|' +
  'MO:macao sar china|MP:northern mariana islands|MQ:martinique|MR:mauritania|MS:montserrat|' +
  'MU:mauritius|MV:maldives|MW:malawi|MZ:mozambique|NA:namibia|NC:new caledonia|NE:niger|' +
  'NF:norfolk island|NI:nicaragua|NP:nepal|NR:nauru|NU:niue|OM:oman|PA:panama|' +
  'PF:french polynesia|PG:papua new guinea|PM:st. pierre & miquelon|' +
  'PS:palestinian territories|PW:palau|PY:paraguay|RE:réunion|RW:rwanda|SB:solomon islands|' +
  'SC:seychelles|SD:sudan|SH:st. helena|SJ:svalbard & jan mayen|SL:sierra leone|' +
  'SM:san marino|SN:senegal|SO:somalia|SR:suriname|SS:south sudan|ST:são tomé & príncipe|' +
  'SV:el salvador|SX:sint maarten|SY:syria|SZ:eswatini|TA:tristan da cunha|' +
  'TC:turks & caicos islands|TD:chad|TG:togo|TJ:tajikistan|TK:tokelau|TL:timor-leste|' +
  'TM:turkmenistan|TN:tunisia|TO:tonga|TT:trinidad & tobago|TV:tuvalu|TZ:tanzania|UG:uganda|' +
  'UY:uruguay|UZ:uzbekistan|VA:vatican city|VC:st. vincent & grenadines|VE:venezuela|' +
  'VG:british virgin islands|VI:u.s. virgin islands|VU:vanuatu|WF:wallis & futuna|WS:samoa|' +
  'XK:kosovo|YE:yemen|YT:mayotte|ZM:zambia|ZW:zimbabwe';

/** ISO 3166 alpha-2 codes by name, lower case. */
export const FAR_COUNTRIES: ReadonlyMap<string, string> = new Map(
  NAMES.split('|').map((entry) => [entry.slice(3), entry.slice(0, 2)] as const),
);
