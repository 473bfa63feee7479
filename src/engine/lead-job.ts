/** A job over stored lead lists for a process that runs it itself: stored, and not started yet. */
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Registry } from '../collectors/registry.ts';
import type { Job, JobSpec } from '../model/job.ts';
import type { LeadList, LeadListWishes } from '../model/lead-list.ts';
import type { HeldFile } from '../sources/input-file.ts';
import type { Store } from '../store/store.ts';
import { JobDesk } from './job-desk.ts';
import { LEADS_COLLECTOR, LeadLists } from './lead-lists.ts';
import type { Uploads } from './uploads.ts';

export interface LeadJobParts {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly registry: Registry;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: { readonly retries: number; readonly leadListEveryMs: number };
}

export interface LeadJob {
  readonly job: Job;
  readonly lists: readonly LeadList[];
}

/** undefined = no list is due. Rejects with `lead_list.not_found`, `usage.*` or `store.*`. */
export async function storeLeadJob(
  parts: LeadJobParts,
  tenant: string,
  wishes: LeadListWishes,
  options: Readonly<Record<string, unknown>>,
): Promise<LeadJob | undefined> {
  const { store, settings } = parts;
  const leads = leadListsOf(parts);
  const order = { collector: LEADS_COLLECTOR, options };
  const { lists, ...filled } = await leads.order(tenant, wishes, order);
  if (lists.length === 0) return undefined;
  const engine = {
    submit: (spec: JobSpec, input?: HeldFile) => store.createJob(spec, { input: input?.bytes }),
  };
  const desk = new JobDesk({ ...parts, engine, retries: settings.retries });
  const { job } = await desk.submitFilled(filled, tenant);
  return { job, lists };
}

export function leadListsOf({
  store,
  clock,
  settings,
}: Pick<LeadJobParts, 'store' | 'clock' | 'settings'>): LeadLists {
  return new LeadLists({ store, clock, everyMs: settings.leadListEveryMs });
}
