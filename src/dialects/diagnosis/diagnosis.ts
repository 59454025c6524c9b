import { MAX_FILES } from '../../contract/upload.ts';
import { AppError } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../http/request.ts';
import { toJson, toRefusal } from '../answers.ts';
import type { Dialect } from '../dialect.ts';
import type { Visit } from '../request-context.ts';
import { native } from '../upload/native.ts';
import { type Reading, readUnproven } from '../upload/upload.ts';

/** Finds out which dialect a path and method would have met. */
export type FindDialect = (
  path: string,
) => { readonly dialect: Dialect; readonly methods: readonly string[] } | undefined;

/**
 * Creates the dry run: takes whatever an upload would be, under `/client/doctor` with or without the client's own path
 * behind it, and says what was seen and what to change. Clients that add a path get it as their own kind of refusal, so
 * that they show it.
 */
export function createDoctor(find: FindDialect): Dialect {
  const doctor: Dialect = {
    name: 'doctor',
    operations: [
      {
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        path: /^\/client\/doctor(\/.*)?$/,
        serve: async (visit, [, path]) => {
          const target = find(path ?? '/upload');
          const envelope = await examine(visit, path ?? '/upload', target);
          return say(visit, envelope, path === undefined ? doctor : (target?.dialect ?? doctor));
        },
      },
    ],
    refuse: native.refuse,
  };

  const say = (visit: Visit, envelope: Diagnosis, voice: Dialect): HttpResponse => {
    if (!envelope.success) return doctor.refuse(toRefusal(envelope, visit, visit.credential));
    const { ok, seen, advice } = envelope.data;
    const sentences = advice.map((text) => text[visit.language]);
    const message = sentences.join(visit.language === 'zh' ? '；' : '; ');
    const { requestId } = envelope;
    if (voice === doctor) return toJson({ ok, success: ok, message, advice: sentences, seen, requestId });
    const details = { seen, advice: sentences };
    return voice.refuse({ status: 400, error: 'InvalidArgument', message, requestId, details, asText: false });
  };

  return doctor;
}

type Diagnosis = Awaited<ReturnType<typeof examine>>;

async function examine(visit: Visit, path: string, target: ReturnType<FindDialect>) {
  const { request } = visit;
  const isKnown =
    visit.credential !== undefined && (await visit.open('upload/admit', { readInput: () => ({}) })).success;
  const reading = await readUnproven(visit, MAX_FILES, async () => isKnown);
  const credential = visit.credential ?? reading.credential;
  const readInput = () => ({
    path,
    dialect: target?.dialect.name ?? 'none',
    method: request.method,
    methods: target?.methods ?? ['POST'],
    ...toHeaders(request),
    ...toBody(reading),
    tokenPlace: credential?.place ?? 'none',
  });
  // The doctor says itself where a token may stand, so the door does not have to refuse it.
  return visit.open('client/doctor', { readInput, credential: credential && { ...credential, place: 'header' } });
}

const toHeaders = ({ headers }: HttpRequest) => ({
  contentType: headers.get('content-type') ?? '',
  bytes: headers.has('content-length') ? Number(headers.get('content-length')) : undefined,
});

function toBody({ body, error }: Reading) {
  if (body === undefined) {
    if (!(error instanceof AppError)) throw error;
    return { fields: [], files: [], problem: { error: error.code, err: error.text } };
  }
  return {
    fields: [...body.fields.keys()].map((name) => name.slice(0, 64)),
    files: body.files,
    ...(body.images.length > 0 && { images: body.images }),
  };
}
