/** A request whose body is a file, or a form with one: checked, received, made a job. */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatBytes } from '../base/duration.ts';
import { SluiceError } from '../base/errors.ts';
import type { ToldFile, Uploaded } from '../engine/upload-desk.ts';
import type { JobOrder } from '../model/job-order.ts';
import type { ServerParts } from './parts.ts';
import type { Principal } from './principal.ts';
import { idempotencyKey } from './routes/jobs.ts';
import { uploadBody } from './upload-body.ts';
import {
  checkMediaType,
  digestOf,
  FILE_TYPES,
  fileOfFields,
  mediaTypeOf,
  type UploadFields,
} from './upload-fields.ts';
import { type FormFile, readForm } from './upload-form.ts';

export const FORM_TYPE = 'multipart/form-data';
/** What a form may hold beside its file. */
const FORM_BYTES_MAX = 4 * 2 ** 20;
const IDLE_MS = 60_000;

export interface UploadCall {
  readonly principal: Principal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** How a route reads its uploads. */
export interface UploadRules {
  /** Undefined = only forms are taken. */
  readonly query: UploadFields | undefined;
  /** The fields of a form, checked; those of the query included. */
  readonly fieldsOf: (form: ReadonlyMap<string, string>) => UploadFields;
  readonly orderOf: (fields: UploadFields) => Omit<JobOrder, 'input'>;
  /** Whether a form's fields are looked at only when all have come, given those before the file. */
  readonly waits: (form: ReadonlyMap<string, string>) => boolean;
  /** Whether fields behind the file are let pass. */
  readonly late: boolean;
}

/**
 * Rejects with what is wrong. Where a job was stored before that, the answer's `Location` names it.
 */
export async function receiveUpload(
  parts: ServerParts,
  { principal, request, reply }: UploadCall,
  rules: UploadRules,
): Promise<Uploaded> {
  const { uploads, settings, tenants, clock } = parts;
  if (!parts.ready()) throw new SluiceError('server.draining');
  const key = idempotencyKey(request.headers['idempotency-key']);
  const tenant = principal.tenant ?? settings.tenant;
  const { headers } = request;
  const known = key && (await uploads.known(tenant, key, toldOf(headers, rules.query?.name)));
  if (known) return known;
  uploads.checkRoom();
  const type = checkMediaType(headers, [...(rules.query ? FILE_TYPES : []), FORM_TYPE]);
  const isForm = type === FORM_TYPE;
  const bytesMax = tenants.quota(tenant).uploadBytesMax || settings.uploadBytesMax;
  const bodyBytesMax = bytesMax + (isForm ? FORM_BYTES_MAX : 0);
  const bare = fileOfFields(rules.query ?? {}, type);
  if (Number(headers['content-length'] ?? 0) > bodyBytesMax) {
    throw new SluiceError('input.too_large', { name: bare.name, limit: formatBytes(bytesMax) });
  }
  const common = {
    tenant,
    idempotencyKey: key,
    bytesMax,
    sha256: digestOf(headers['repr-digest']),
    onJob: (job: { readonly id: string }) => {
      reply.header('location', `/v1/jobs/${job.id}`);
    },
  };
  const order = isForm || rules.query === undefined ? undefined : rules.orderOf(rules.query);
  const bodySha256 = digestOf(headers['content-digest']);
  const body = uploadBody(
    request.raw,
    { name: bare.name, bytesMax: bodyBytesMax, sha256: bodySha256, idleMs: IDLE_MS },
    clock,
  );
  if (order !== undefined) return uploads.receive({ ...common, ...bare, order }, body);
  const onFile = async (file: FormFile) => {
    const waits = rules.waits(file.fields);
    const early = waits ? undefined : rules.fieldsOf(file.fields);
    const lateOrder = async () => {
      await file.whole;
      return rules.orderOf(rules.fieldsOf(file.fields));
    };
    const named = fileOfFields(early ?? rules.query ?? {}, mediaTypeOf(file.mediaType), file.name);
    const formOrder = early === undefined ? lateOrder() : rules.orderOf(early);
    return uploads.receive({ ...common, ...named, order: formOrder }, file.chunks);
  };
  return readForm(body, headers['content-type'] ?? '', { onFile, late: rules.late });
}

/** Of a form neither its length nor its digest is that of the file in it. */
function toldOf(headers: IncomingHttpHeaders, name: string | undefined): ToldFile {
  const isBare = mediaTypeOf(headers['content-type']) !== FORM_TYPE;
  const sha256 = headers['repr-digest'] ?? (isBare ? headers['content-digest'] : undefined);
  // Without a body it is the job that is asked for.
  const bytes = isBare ? Number(headers['content-length'] ?? 0) : 0;
  return { name, bytes: bytes || undefined, sha256: digestOf(sha256) };
}
