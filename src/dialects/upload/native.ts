import { MAX_FILES } from '../../contract/upload.ts';
import { STATUS_BY_CODE } from '../../errors.ts';
import type { HttpResponse } from '../../http/request.ts';
import { refusalHeaders, toJson, toText } from '../answers.ts';
import type { Dialect, Refusal } from '../dialect.ts';
import { toLinks } from '../link-formats.ts';
import type { Visit } from '../request-context.ts';
import { toFailureSuperset, toSuperset } from './superset.ts';
import { serveUpload, type UploadAnswer } from './upload.ts';

/** Failures have their own HTTP status here: PicGo's web-uploader shows the body of a 4xx, and of nothing else. */
export const native: Dialect = {
  name: 'native',
  operations: [
    {
      methods: ['POST', 'PUT'],
      path: /^\/upload$/,
      serve: (visit) => serveUpload(visit, { maxFiles: MAX_FILES, accept, refuse }),
    },
  ],
  refuse,
};

function accept(answer: UploadAnswer, visit: Visit): HttpResponse {
  return visit.format === 'json' ? toJson(toAnswer(answer, visit)) : toLines(answer, visit);
}

/** Every name that any client looks for, and beside them one result a file, in order. */
function toAnswer({ images, outcomes, requestId }: UploadAnswer, visit: Visit): Readonly<Record<string, unknown>> {
  const results = outcomes.map((outcome) => {
    if ('error' in outcome) {
      const { error, err, name } = outcome;
      return { success: false, name, error, message: err[visit.language] };
    }
    const { deleteToken: _, sha256, ...image } = outcome;
    return { success: true, ...image, hash: sha256, links: toLinks(outcome) };
  });
  const refused = results.find(({ success }) => !success);
  const wholly = {
    ...toSuperset(images, visit.mountUrl, 200),
    links: toLinks(images[0]),
    results,
    requestId,
  };
  if (refused === undefined) return wholly;
  const message = 'message' in refused ? `${refused.name ?? ''} ${refused.message}`.trim() : '';
  return { ...wholly, success: false, status: false, message, msg: message };
}

/** One line a file, in order; a failure among them is the status of the whole. */
function toLines({ outcomes }: UploadAnswer, { format, language }: Visit): HttpResponse {
  const lines = outcomes.map((outcome) => {
    if ('error' in outcome) return `${outcome.name ?? ''} ${outcome.err[language]}`.trim();
    return toLinks(outcome)[format === 'json' ? 'url' : format];
  });
  const refused = outcomes.find((outcome) => 'error' in outcome);
  return toText(lines, refused === undefined ? 200 : STATUS_BY_CODE[refused.error]);
}

function refuse(refusal: Refusal): HttpResponse {
  return refusal.asText
    ? toText([refusal.message], refusal.status)
    : toJson(toFailureSuperset(refusal), refusal.status, refusalHeaders(refusal));
}
