/** A call as it goes out and is kept. A field without a value is left out. */
import { z } from 'zod';

/** Columns that are text, by their field. */
const TEXT_FIELDS = [
  'phoneNumberDialed',
  'status',
  'statusName',
  'user',
  'fullName',
  'campaignId',
  'vendorLeadCode',
  'sourceId',
  'listId',
  'listName',
  'listDescription',
  'gmtOffsetNow',
  'phoneCode',
  'phoneNumber',
  'title',
  'firstName',
  'middleInitial',
  'lastName',
  'address1',
  'address2',
  'address3',
  'city',
  'state',
  'province',
  'postalCode',
  'countryCode',
  'gender',
  'dateOfBirth',
  'altPhone',
  'email',
  'securityPhrase',
  'comments',
  'userGroup',
  'altDial',
  'rank',
  'owner',
  'entryDate',
  'lastLocalCallTime',
  'modifyDate',
  'calledSinceLastReset',
  'termReason',
  'recordingId',
  'recordingFilename',
  'recordingLocation',
  'callerCode',
  'serverIp',
  'hangupCause',
  'dialstatus',
  'channel',
  'cpdResult',
  'didPattern',
  'didId',
  'didDescription',
  'callNotes',
  'ivrPath',
] as const;
type TextField = (typeof TEXT_FIELDS)[number];

const texts = Object.fromEntries(
  TEXT_FIELDS.map((name) => [name, z.string().optional()]),
) as Readonly<Record<TextField, z.ZodOptional<z.ZodString>>>;

export const callRecord = z.object({
  /** Campaign, client, unique id, lead and time: the same for the same call, always. */
  id: z.string(),
  campaign: z.string(),
  client: z.string(),
  /** The exports that it is in. */
  direction: z.enum(['outbound', 'inbound', 'both']),
  /** The instant of the call, ISO 8601; '' where its time cannot be read. */
  calledAt: z.string(),
  /** By the server's clock, as it says. */
  callDate: z.string(),
  uniqueId: z.string().optional(),
  leadId: z.string().optional(),
  lengthInSec: z.number().optional(),
  /** Of a call in both exports: what the one of calls taken has for `campaignId`. */
  inGroup: z.string().optional(),
  /** Of inbound calls. */
  queueSeconds: z.number().optional(),
  wrapupTime: z.number().optional(),
  queueTime: z.number().optional(),
  dialTime: z.number().optional(),
  answeredTime: z.number().optional(),
  calledCount: z.number().optional(),
  ...texts,
  /** Values of the list's own fields, in its order. */
  custom: z.array(z.string()).optional(),
  /** Columns that are not among those above, by name. */
  more: z.record(z.string(), z.string()).optional(),
});
export type CallRecord = z.output<typeof callRecord>;
