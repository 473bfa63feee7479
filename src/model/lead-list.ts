/** A list of leads that a tenant has stored, to be read again and again. */
export interface LeadList {
  /** `1`, `2`, …: numbers of the tenant's own, each given once. */
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly source: string;
  /** As the user wrote it. */
  readonly target: string;
  /** Leads that it may have; undefined = any number. */
  readonly maxLeads?: number;
  /** One that is not is taken up only where it is named. */
  readonly active: boolean;
  readonly createdMs: number;
  readonly updatedMs: number;
  /** When a job took it up last, and which. */
  readonly takenMs?: number;
  readonly jobId?: string;
}

export interface LeadListDraft {
  readonly name?: string | undefined;
  readonly source: string;
  readonly target: string;
  readonly maxLeads?: number | undefined;
  readonly active?: boolean | undefined;
}

/** What changes; the rest stays. Another target is another list. */
export interface LeadListPatch {
  readonly name?: string | undefined;
  /** null = any number. */
  readonly maxLeads?: number | null | undefined;
  readonly active?: boolean | undefined;
}

/** What became of the rows of an import. */
export interface LeadListImport {
  readonly created: number;
  readonly changed: number;
  /** Rows that said what was known. */
  readonly same: number;
  readonly refused: readonly { readonly line: number; readonly message: string }[];
}

export const LEAD_LIST_STATES = ['new', 'sweeping', 'complete', 'full', 'failed'] as const;

/** A list with where it stands. */
export interface LeadListStanding extends LeadList {
  /** Its leads are `KEY/…` in the collection `lead-list-members`. */
  readonly key: string;
  /** `failed`: its last run did. */
  readonly state: (typeof LEAD_LIST_STATES)[number];
  /** Leads so far. */
  readonly leads: number;
  /** When it was read to its end last. */
  readonly wholeMs?: number;
  readonly run?: LeadListRun;
  readonly error?: { readonly code: string; readonly message: string; readonly atMs: number };
}

/** Its last run, as far as that has come. */
export interface LeadListRun {
  readonly jobId: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  /** `batch`: as many as a run may bring; `limit`: as many as the list may have. */
  readonly end?: string;
  /** Leads that are new to the list, and others that it had. */
  readonly new: number;
  readonly known: number;
  readonly calls: number;
  readonly pages: number;
  /** Names of the accounts that were used. */
  readonly accounts: readonly string[];
}

/** Which lists are to be taken up. */
export interface LeadListWishes {
  /** These, due or not; undefined = all active ones that are due, longest not taken up first. */
  readonly ids?: readonly string[] | undefined;
  /** Those that are not due as well, and each read to its end anew. */
  readonly force?: boolean | undefined;
  readonly maxLists?: number | undefined;
}
