// https://cfbed.sanyue.de/api/upload.html
import type { UploadOutcome } from '../app.ts';
import { AppError } from '../errors.ts';
import { toJson, toRefusal } from './answers.ts';
import type { Dialect } from './dialect.ts';
import type { RequestContext } from './request-context.ts';
import { accept, refuse } from './upload/native.ts';
import { serveUpload } from './upload/upload.ts';
import { MAX_FILES } from './upload/upload-body.ts';

/** The names that only CloudFlare-ImgBed has in its address. Where an image is stored and compressed is no choice here. */
const QUERY = [
  ...['authCode', 'uploadChannel', 'channelName', 'uploadFolder', 'uploadNameType', 'returnFormat'],
  ...['serverCompress', 'autoRetry', 'initChunked', 'chunked', 'cleanup'],
];
const IN_CHUNKS = ['initChunked', 'chunked', 'cleanup'];
/** Of the ways to name an image only `origin` asks for more than a name that no other has. */
const NAMES = ['default', 'index', 'origin', 'short'];

/** CloudFlare-ImgBed: a list of `src`, absolute whatever `returnFormat` says, as its clients put nothing before such a one. */
export const imgBed: Dialect = {
  name: 'img-bed',
  operations: [
    {
      methods: ['POST'],
      path: /^\/upload$/,
      takes: ({ query }) => QUERY.some((name) => query.has(name)),
      serve: async (context) => {
        const problem = findProblem(context.request.query);
        if (problem !== undefined) return refuse(toRefusal(context.fail(problem), context));
        return serveUpload(context, {
          maxFiles: MAX_FILES,
          place: toPlace,
          accept: (answer, answering) =>
            answering.format === 'json'
              ? toJson(answer.outcomes.map((outcome) => toItem(outcome, answering)))
              : accept(answer, answering),
          refuse,
        });
      },
    },
  ],
  refuse,
};

function findProblem(query: URLSearchParams): AppError | undefined {
  const chunked = IN_CHUNKS.find((name) => query.get(name) === 'true');
  if (chunked !== undefined) {
    return new AppError(
      'InvalidArgument',
      {
        zh: `不支持 CloudFlare-ImgBed 的分片上传（${chunked}=true）：请把整个文件放进一个请求`,
        en: `The chunks of CloudFlare-ImgBed (${chunked}=true) are not understood: send the whole file in one request`,
      },
      { details: { fields: [chunked] } },
    );
  }
  const naming = query.get('uploadNameType');
  if (naming === null || naming === '' || NAMES.includes(naming)) return undefined;
  return new AppError(
    'InvalidArgument',
    {
      zh: `没有 uploadNameType=${naming.slice(0, 32)}；可用：${NAMES.join(' ')}`,
      en: `There is no uploadNameType=${naming.slice(0, 32)}; there are: ${NAMES.join(' ')}`,
    },
    { details: { fields: ['uploadNameType'] } },
  );
}

function toPlace(fields: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  const given = fields.get('uploadFolder');
  const folder = typeof given === 'string' ? given.replace(/^\/|\/$/g, '') : '';
  return {
    ...(folder !== '' && { folder }),
    ...(fields.get('uploadNameType') === 'origin' && { nameTemplate: '{name}.{ext}' }),
  };
}

/** One item a file, in order; one that was refused has no `src`, and says why. */
const toItem = (outcome: UploadOutcome, { language }: RequestContext) =>
  'error' in outcome
    ? { name: outcome.name, error: outcome.error, message: outcome.err[language] }
    : { src: outcome.url };
