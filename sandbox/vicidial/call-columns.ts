/** The columns of the exports, and a call as a line of one. */
import type { Call } from './calls.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const STANDARD = words(`call_date phone_number_dialed status user full_name campaign_id
  vendor_lead_code source_id list_id gmt_offset_now phone_code phone_number title first_name
  middle_initial last_name address1 address2 address3 city state province postal_code country_code
  gender date_of_birth alt_phone email security_phrase comments length_in_sec user_group alt_dial
  rank owner lead_id`);
const LEAD = words(
  'entry_date called_count last_local_call_time modify_date called_since_last_reset',
);
const NAMES = words('list_name list_description status_name');
const CARRIER = words(`wrapup_time queue_time uniqueid caller_code server_ip hangup_cause dialstatus
  channel dial_time answered_time cpd_result did_pattern did_id did_description`);
const DID = words(`did_custom_one did_custom_two did_custom_three did_custom_four did_custom_five
  did_carrier_description`);

export interface ColumnWishes {
  readonly exportFields: string;
  readonly recFields: string;
  readonly callNotes: boolean;
  readonly ivr: boolean;
  readonly custom: boolean;
}

/** In the order of the file. */
export function columnsOf(wishes: ColumnWishes): readonly string[] {
  const { exportFields, recFields } = wishes;
  const extended = exportFields.startsWith('EXTENDED');
  const recordings = { ID: ['id'], FILENAME: ['filename'], LOCATION: ['location'] };
  const rec =
    recFields === 'ALL'
      ? ['id', 'filename', 'location']
      : (recordings[recFields as keyof typeof recordings] ?? []);
  return [
    ...STANDARD,
    ...(extended ? LEAD : []),
    ...(exportFields === 'EXTENDED_2' || exportFields === 'EXTENDED_3' ? ['term_reason'] : []),
    ...(exportFields === 'EXTENDED_4' ? ['log_called_count', 'log_list_id'] : []),
    ...NAMES,
    ...rec.map((name) => `recording_${name}`),
    ...(extended ? CARRIER : []),
    ...(exportFields === 'EXTENDED_3' ? DID : []),
    ...(wishes.callNotes ? ['call_notes'] : []),
    ...(wishes.ivr ? ['ivr_path'] : []),
    ...(wishes.custom ? ['custom_fields'] : []),
  ];
}

/** A row with its line end. Custom values come one after the other, whatever the header says. */
export function lineOf(call: Call, columns: readonly string[]): Buffer {
  const cells = columns.flatMap((column) =>
    column === 'custom_fields'
      ? call.custom.map((value) => oneLine(cellText(value)))
      : [
          column === 'comments'
            ? oneLine(cellText(raw(call, column)))
            : cellText(raw(call, column)),
        ],
  );
  return Buffer.from(`${cells.join('\t')}\r\n`, call.latin1 ? 'latin1' : 'utf8');
}

function raw(call: Call, column: string): string {
  if (column === 'log_list_id') return call.list.id;
  if (column.startsWith('recording_')) return recording(call, column);
  return call.cells[column] ?? '';
}

function recording({ cells }: Call, column: string): string {
  const id = String(Number(cells.lead_id) * 3 + 7);
  if (cells.length_in_sec === '0') return '';
  const name = `${cells.call_date?.replace(/\D/g, '')}_${cells.phone_number}`;
  if (column === 'recording_id') return id;
  return column === 'recording_filename' ? name : `http://10.0.0.5/RECORDINGS/${name}.mp3`;
}

/** A tab would begin another cell. */
export function cellText(text: string): string {
  return text.replaceAll('\t', ' -- ');
}

export function oneLine(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '!N');
}
