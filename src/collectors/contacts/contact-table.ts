import type { ResultTable } from '../collector.ts';
import type { ContactRecord } from './contact-record.ts';
import { SOCIAL_NETWORKS } from './extract/found.ts';

export type ContactMode = 'full' | 'linkedin';

const LINKEDIN_COLUMNS = ['linkedin', 'linkedin_people'];
const OTHER_NETWORKS = SOCIAL_NETWORKS.filter((network) => network !== 'linkedin');
const FULL_COLUMNS = [
  'emails',
  'phones',
  'faxes',
  ...LINKEDIN_COLUMNS,
  ...OTHER_NETWORKS,
  'company',
  'description',
  'address',
  'street',
  'city',
  'state',
  'postal_code',
  'country',
  'opening_hours',
  'pages',
  'details',
];

/** Several values in one cell are separated by `; `. `details` holds sources and confidences. */
export const contactTable: ResultTable<ContactRecord, { readonly mode: ContactMode }> = {
  columns: (options) =>
    options.mode === 'linkedin' ? [...LINKEDIN_COLUMNS, 'pages', 'details'] : FULL_COLUMNS,
  cells(records, options) {
    const record = records[0];
    if (!record) return this.columns(options).map(() => '');
    const cells = cellsOf(record);
    return this.columns(options).map((column) => cells[column] ?? '');
  },
};

function cellsOf(record: ContactRecord): Readonly<Record<string, string>> {
  const address = record.addresses[0];
  const phones = (kind: 'phone' | 'fax') =>
    record.phones
      .filter((phone) => phone.kind === kind)
      .map((phone) => phone.value + (phone.extension === '' ? '' : ` ext. ${phone.extension}`));
  const socials = (network: string, person = false) =>
    record.socials
      .filter((social) => social.network === network && (social.kind === 'person') === person)
      .map((social) => social.value);
  const { company, description, emails, hours, socials: profiles, addresses } = record;
  return {
    emails: join(emails.map((email) => email.value)),
    phones: join(phones('phone')),
    faxes: join(phones('fax')),
    linkedin: join(socials('linkedin')),
    linkedin_people: join(socials('linkedin', true)),
    ...Object.fromEntries(OTHER_NETWORKS.map((network) => [network, join(socials(network))])),
    company: company?.value ?? '',
    description: description?.value ?? '',
    address: address?.value ?? '',
    street: address?.street ?? '',
    city: address?.city ?? '',
    state: address?.state ?? '',
    postal_code: address?.postalCode ?? '',
    country: address?.country ?? '',
    opening_hours: join(hours.map((text) => text.value)),
    pages: join(record.pages),
    details: JSON.stringify({
      emails,
      phones: record.phones,
      socials: profiles,
      addresses,
      company,
      description,
      hours,
      notes: record.notes,
    }),
  };
}

function join(values: readonly string[]): string {
  return values.join('; ');
}
