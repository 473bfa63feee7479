/** What the columns of an export are called in records, and what is in them. */

/** `list_id` to `listId`. */
export function fieldOf(column: string): string {
  if (column === 'uniqueid') return 'uniqueId';
  return column.replace(/_+([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const NUMBER_COLUMNS: ReadonlySet<string> = new Set([
  'length_in_sec',
  'wrapup_time',
  'queue_time',
  'dial_time',
  'answered_time',
  'called_count',
]);

/** Columns whose line ends were written as `!N`. */
export const MULTI_LINE_COLUMNS: ReadonlySet<string> = new Set(['comments', 'call_notes']);

/** Columns that are fields of a record under their own name; others go to `more`. */
export const KNOWN_COLUMNS: ReadonlySet<string> = new Set(
  `call_date phone_number_dialed status status_name user full_name campaign_id vendor_lead_code
   source_id list_id list_name list_description gmt_offset_now phone_code phone_number title
   first_name middle_initial last_name address1 address2 address3 city state province postal_code
   country_code gender date_of_birth alt_phone email security_phrase comments user_group alt_dial
   rank owner lead_id uniqueid entry_date last_local_call_time modify_date called_since_last_reset
   term_reason recording_id recording_filename recording_location caller_code server_ip
   hangup_cause dialstatus channel cpd_result did_pattern did_id did_description call_notes
   ivr_path length_in_sec wrapup_time queue_time dial_time answered_time called_count`.split(/\s+/),
);
