import type { Envelope } from '../../envelope.ts';
import { AppError } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../http/request.ts';
import { toJson, toRefusal } from '../answers.ts';
import type { Dialect } from '../dialect.ts';
import { onlyFields, type RequestContext } from '../request-context.ts';
import { admitUpload } from '../upload/endpoints.ts';
import { refuse } from '../upload/native.ts';
import { type Reading, readUnproven } from '../upload/upload.ts';
import { MAX_FILES } from '../upload/upload-body.ts';
import { diagnose, type ObservedUpload, type UploadReport } from './diagnose.ts';

/** Finds out which dialect a path and method would have met. */
export type FindDialect = (
  path: string,
) => { readonly dialect: Dialect; readonly methods: readonly string[] } | undefined;

/**
 * Creates the dry run: takes whatever an upload would be, under `/client/doctor` with or without the client's own path
 * behind it, and reports what was seen and what to change. Clients that add a path get it as their own kind of refusal,
 * so that they show it.
 */
export function createDiagnosis(find: FindDialect): Dialect {
  return {
    name: 'diagnosis',
    operations: [
      {
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        path: /^\/client\/doctor(?<path>\/.*)?$/,
        serve: async (context, [, path]) => {
          const target = find(path ?? '/upload');
          const envelope = await examine(context, path ?? '/upload', target);
          if (envelope.success) context.traces.dryRun = envelope.data;
          return toAnswer(context, envelope, path === undefined ? undefined : target?.dialect);
        },
      },
    ],
    refuse,
  };
}

/** Answers as the dialect whose path was asked for, or by itself. */
function toAnswer(context: RequestContext, envelope: Envelope<UploadReport>, asked: Dialect | undefined): HttpResponse {
  if (!envelope.success) return refuse(toRefusal(envelope, context));
  const { ok, seen, advice } = envelope.data;
  const sentences = advice.map((text) => text[context.language]);
  const message = sentences.join(context.language === 'zh' ? '；' : '; ');
  const { requestId } = envelope;
  if (asked === undefined) return toJson({ ok, success: ok, message, advice: sentences, seen, requestId });
  const details = { seen, advice: sentences };
  return asked.refuse({ status: 400, error: 'InvalidArgument', message, requestId, details, asText: false });
}

async function examine(context: RequestContext, path: string, target: ReturnType<FindDialect>) {
  const { request } = context;
  const isKnown = context.credential !== undefined && (await context.call(admitUpload, () => onlyFields({}))).success;
  const reading = await readUnproven(context, MAX_FILES, async () => isKnown);
  const credential = context.credential ?? reading.credential;
  const { body } = reading;
  if (body !== undefined) Object.assign(context.traces, { fields: [...body.fields.keys()], files: body.files });
  const toUpload = (): ObservedUpload => ({
    path,
    dialect: target?.dialect.name ?? 'none',
    method: request.method,
    methods: target?.methods ?? ['POST'],
    ...toHeaders(request),
    ...toBody(reading),
    tokenPlace: credential?.place ?? 'none',
  });
  const read = () => ({ fields: {}, given: { upload: toUpload() } });
  // The report says itself where a token may stand, so the endpoint does not have to refuse it.
  return context.call(diagnose, read, credential && { ...credential, place: 'header' });
}

const toHeaders = ({ headers }: HttpRequest): Pick<ObservedUpload, 'contentType' | 'bytes'> => ({
  contentType: headers.get('content-type') ?? '',
  bytes: headers.has('content-length') ? Number(headers.get('content-length')) : undefined,
});

function toBody({ body, error }: Reading): Pick<ObservedUpload, 'fields' | 'files' | 'images' | 'problem'> {
  if (body === undefined) {
    if (!(error instanceof AppError)) throw error;
    return { fields: [], files: [], images: [], problem: error.text };
  }
  const fields = [...body.fields.keys()].map((name) => name.slice(0, 64));
  return { fields, files: body.files, images: body.images, problem: undefined };
}
