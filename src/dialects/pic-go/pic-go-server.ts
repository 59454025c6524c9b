import { AppError } from '../../errors.ts';
import { readInput } from '../../http/body.ts';
import type { HttpResponse } from '../../http/request.ts';
import { isRecord } from '../../naming/record.ts';
import { toJson, toRefusal } from '../answers.ts';
import { redeemDeletions } from '../deletion.ts';
import type { Dialect } from '../dialect.ts';
import { onlyFields, type RequestContext } from '../request-context.ts';
import { toFailureSuperset, toSuperset } from '../upload/superset.ts';
import { serveUpload, type UploadAnswer, type UploadFormat } from '../upload/upload.ts';
import { MAX_FILES } from '../upload/upload-body.ts';

/** The names that only a PicGo or PicList server has in its address. */
const QUERY = ['key', 'picbed', 'configName'];
/** Items as an upload has answered with them, each with a few dozen members. */
const REMOVAL = { bytes: MAX_FILES * 8 * 1024, values: MAX_FILES * 64 };

/**
 * The server that PicGo and PicList run for note-taking apps. Those set no headers, send many images at once, take their
 * links by order, and read a refusal from a 200 only.
 */
export const picGoServer: Dialect = {
  name: 'pic-go-server',
  operations: [
    {
      methods: ['POST'],
      path: /^\/upload$/,
      takes: ({ query }) => QUERY.some((name) => query.has(name)),
      serve: (context) => serveUpload(context, asPicGoServer),
    },
    { methods: ['POST'], path: /^\/delete$/, serve: remove },
  ],
  refuse: (refusal) => toJson(toFailureSuperset(refusal)),
};

/** How such a server answers, for an endpoint that tells its clients by what they send. */
export const asPicGoServer: UploadFormat = {
  maxFiles: MAX_FILES,
  accept,
  refuse: (refusal) => picGoServer.refuse(refusal),
};

/** With one link missing, the others would land on the wrong images; what is stored is found again by the next try. */
function accept({ images, outcomes, requestId }: UploadAnswer, { mountUrl, language }: RequestContext): HttpResponse {
  const superset = toSuperset(images, mountUrl, 200);
  const refused = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome] : []));
  const [first] = refused;
  if (first === undefined) return toJson({ ...superset, requestId });
  const reason = `${first.name ?? ''} ${first.err[language]}`.trim();
  const message =
    language === 'zh'
      ? `${outcomes.length} 张图片中有 ${refused.length} 张没有上传成功：${reason}`
      : `${refused.length} of ${outcomes.length} images were not uploaded: ${reason}`;
  return toJson({ ...superset, success: false, status: false, message, msg: message, requestId });
}

/** Takes back the items that an upload has answered with; each carries its own permission. */
async function remove(context: RequestContext): Promise<HttpResponse> {
  const envelope = await context.call(redeemDeletions, async () =>
    onlyFields({ deleteTokens: readTokens(await readInput(context.request, REMOVAL)) }),
  );
  if (!envelope.success) return picGoServer.refuse(toRefusal(envelope, context));
  const { outcomes } = envelope.data;
  const refused = outcomes.find((outcome) => 'error' in outcome);
  const message = refused?.err[context.language] ?? 'success';
  return toJson({ success: refused === undefined, message, msg: message, result: outcomes });
}

function readTokens(input: unknown): readonly string[] {
  const list = isRecord(input) ? input['list'] : undefined;
  const tokens = Array.isArray(list) ? list.map(toToken) : [];
  if (tokens.length > 0 && tokens.length <= MAX_FILES) return tokens;
  throw new AppError('InvalidArgument', {
    zh: `请求内容应为 { "list": [上传时返回的 fullResult 项] }，1–${MAX_FILES} 项`,
    en: `The body must be { "list": [items of an upload's fullResult] }, 1–${MAX_FILES} of them`,
  });
}

/** Items of servers that others run are among a client's history too; they are no tokens of ours. */
function toToken(item: unknown): string {
  const { deleteToken, delete: url } = isRecord(item) ? item : { deleteToken: item, delete: undefined };
  if (typeof deleteToken === 'string' && deleteToken !== '') return deleteToken;
  return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) || '-' : '-';
}
