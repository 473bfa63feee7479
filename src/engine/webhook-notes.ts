/**
 * Notes that a job is about to end: written before its end is stored, so that whoever tells of ends
 * finds each of them, whatever becomes of the process that has ended the job.
 */
import type { Clock } from '../base/clock.ts';
import type { Document, DocumentChange } from '../model/document.ts';
import type { Job } from '../model/job.ts';
import { isFinalJobState } from '../model/lifecycle.ts';
import type { Store } from '../store/store.ts';

const KIND = 'webhook-end';
const PAGE = 500;

export interface WebhookNotesParts {
  readonly store: Pick<Store, 'job' | 'document' | 'documents' | 'writeDocuments'>;
  readonly clock: Clock;
  /** Whether anybody wants to know of the ends of this tenant's jobs. */
  readonly watched: (tenant: string) => boolean | Promise<boolean>;
}

/** The job as it was before the end that is noted. */
interface EndNote {
  readonly finishedMs: number | null;
}

export class WebhookNotes {
  readonly #parts: WebhookNotesParts;

  constructor(parts: WebhookNotesParts) {
    this.#parts = parts;
  }

  /** Says in the store that a job is about to end, where somebody wants to know; true if so. */
  async note(jobId: string): Promise<boolean> {
    const { store, clock, watched } = this.#parts;
    const job = await store.job(jobId);
    if (job === undefined || !(await watched(job.tenant))) return false;
    const note: EndNote = { finishedMs: job.finishedMs ?? null };
    const json = JSON.stringify(note);
    const { tenant } = job;
    await store.writeDocuments(
      [{ op: 'put', kind: KIND, id: jobId, tenant, json }],
      clock.wallMs(),
    );
    return true;
  }

  find(jobId: string): Promise<Document | undefined> {
    return this.#parts.store.document(KIND, jobId);
  }

  async *all(): AsyncGenerator<Document> {
    let after = '';
    for (;;) {
      const page = await this.#parts.store.documents({ kind: KIND, after, limit: PAGE });
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.id ?? '';
    }
  }
}

/** What takes a note away; with `version`, only where it is still that one. */
export function withoutNote(jobId: string, version?: number): DocumentChange {
  return { op: 'remove', kind: KIND, id: jobId, ...(version !== undefined && { version }) };
}

/** Whether the job has come to the end that was noted: one of an earlier time was told of then. */
export function hasEnded(job: Job | undefined, { json }: Document): job is Job {
  if (job === undefined || !isFinalJobState(job.state)) return false;
  return (job.finishedMs ?? null) !== (JSON.parse(json) as EndNote).finishedMs;
}

/** Asks the store each time: for who ends few jobs. */
export function watchedInStore(store: Pick<Store, 'documents'>) {
  return async (tenant: string) => {
    const found = await store.documents({ kind: 'webhook', tenant, limit: 100 });
    return found.some(({ json }) => (JSON.parse(json) as { active?: boolean }).active === true);
  };
}
