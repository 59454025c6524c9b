import { STATUS_BY_CODE } from '../../errors.ts';
import type { HttpResponse } from '../../http/request.ts';
import { toLinks } from '../../naming/link-format.ts';
import { toLinkFields } from '../answer-format.ts';
import { refusalHeaders, toJson, toText } from '../answers.ts';
import type { Dialect, Refusal } from '../dialect.ts';
import type { RequestContext } from '../request-context.ts';
import { toFailureSuperset, toSuperset } from './superset.ts';
import { type Seen, serveUpload, type UploadAnswer, type UploadFormat } from './upload.ts';
import { MAX_FILES } from './upload-body.ts';

/**
 * Creates the endpoint of our own. Failures have their own HTTP status here: PicGo's web-uploader shows the body of a 4xx,
 * and of nothing else. Clients of PicGo's own server are known by what they send, whatever their address and token look
 * like: a list of paths, which is answered as they understand it, and files called so or nothing at all, which are refused so.
 */
export const createNative = (asPicGoServer: UploadFormat): Dialect => ({
  name: 'native',
  operations: [
    {
      methods: ['POST', 'PUT'],
      path: /^\/upload$/,
      serve: (context) => {
        const kind = context.request.headers.get('content-type') ?? '';
        const isJson = /^\s*application\/json\b/i.test(kind);
        return serveUpload(context, (seen) => {
          if (Array.isArray(seen.fields.get('list'))) return asPicGoServer;
          return isCalledList(seen) || (isJson && isNothing(seen)) ? refusingAs(asPicGoServer) : OWN;
        });
      },
    },
  ],
  refuse,
});

const OWN: UploadFormat = { maxFiles: MAX_FILES, accept, refuse };

const isCalledList = ({ fields, files }: Readonly<Seen>): boolean =>
  fields.has('list') || files.some(({ field }) => field === 'list');

/** What asks a PicGo server for the picture that was copied last. */
const isNothing = ({ fields, areAll }: Readonly<Seen>): boolean => areAll && fields.size === 0;

/** Others may call their files so too: they lose nothing of what they are answered when all is well. */
const refusingAs = (other: UploadFormat): UploadFormat => ({
  ...OWN,
  refuse: (refusal) => (refusal.asText ? refuse(refusal) : other.refuse(refusal)),
});

/** Answers as was asked for: with JSON that has every client's names, or with links alone. */
export function accept(answer: UploadAnswer, context: RequestContext): HttpResponse {
  return context.format === 'json' ? toJson(toAnswer(answer, context)) : toLines(answer, context);
}

/** Every name that any client looks for, and beside them one result a file, in order. */
function toAnswer(
  { images, outcomes, requestId }: UploadAnswer,
  context: RequestContext,
): Readonly<Record<string, unknown>> {
  const results = outcomes.map((outcome) => {
    if ('error' in outcome) {
      const { error, err, name } = outcome;
      return { success: false, name, error, message: err[context.language] };
    }
    const { deleteToken: _, sha256, ...image } = outcome;
    return { success: true, ...image, hash: sha256, links: toLinkFields(outcome) };
  });
  const refused = results.find(({ success }) => !success);
  const wholly = {
    ...toSuperset(images, context.mountUrl, 200),
    links: toLinkFields(images[0]),
    results,
    requestId,
  };
  if (refused === undefined) return wholly;
  const message = 'message' in refused ? `${refused.name ?? ''} ${refused.message}`.trim() : '';
  return { ...wholly, success: false, status: false, message, msg: message };
}

/** One line a file, in order; a failure among them is the status of the whole. */
function toLines({ outcomes }: UploadAnswer, { format, language }: RequestContext): HttpResponse {
  const lines = outcomes.map((outcome) => {
    if ('error' in outcome) return `${outcome.name ?? ''} ${outcome.err[language]}`.trim();
    return toLinks(outcome)[format === 'json' ? 'url' : format];
  });
  const refused = outcomes.find((outcome) => 'error' in outcome);
  return toText(lines, refused === undefined ? 200 : STATUS_BY_CODE[refused.error]);
}

/** Says no with a status of its own, in text where that was asked for. */
export function refuse(refusal: Refusal): HttpResponse {
  return refusal.asText
    ? toText([refusal.message], refusal.status)
    : toJson(toFailureSuperset(refusal), refusal.status, refusalHeaders(refusal));
}
