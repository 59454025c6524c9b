// https://s.ee/docs/zh-CN/developers/smms-compatibility
import type { UploadedImage } from '../app.ts';
import { AppError } from '../errors.ts';
import { readInput } from '../http/body.ts';
import type { HttpResponse } from '../http/request.ts';
import { fileNameOf } from '../naming/key.ts';
import { isRecord } from '../naming/record.ts';
import { toJson, toRefusal } from './answers.ts';
import { redeemDeletions } from './deletion.ts';
import type { Dialect, Operation } from './dialect.ts';
import { createToken, SIGN_IN, showProfile } from './lsky/accounts.ts';
import { listImages } from './lsky/images.ts';
import { onlyFields, type RequestContext } from './request-context.ts';
import { toFailureSuperset, toImageKey, toSuperset } from './upload/superset.ts';
import { serveUpload } from './upload/upload.ts';

/** SM.MS had the first base, its successor S.EE has the second. */
const at = (path: string): RegExp => new RegExp(`^/api/(?:v2|v1/file)/${path}$`);

/** What stock PicGo and PicList speak through `backupDomain`; they read a refusal from a 200 only. */
export const smMs: Dialect = {
  name: 'sm-ms',
  operations: [
    {
      methods: ['POST'],
      path: at('upload'),
      serve: (context) =>
        serveUpload(context, {
          maxFiles: 1,
          accept: ({ images, requestId }) => toJson({ ...toAnswer(images, context.mountUrl), RequestId: requestId }),
          refuse: smMs.refuse,
        }),
    },
    { methods: ['GET', 'POST'], path: at('profile'), serve: serveProfile },
    { methods: ['GET'], path: at('(?:upload_history|history)'), serve: serveHistory },
    { methods: ['GET', 'DELETE'], path: at('delete/(?<hash>[\\w.-]{1,4096})'), serve: serveRemoval },
    { methods: ['POST'], path: at('token'), serve: serveToken },
  ],
  refuse: (refusal) => toJson({ ...toFailureSuperset(refusal, 'error'), RequestId: refusal.requestId }),
};

/** Here `size` is in bytes, and `hash` is what an image is removed by. */
function toAnswer(images: readonly [UploadedImage, ...UploadedImage[]], mountUrl: string) {
  const superset = toSuperset(images, mountUrl, 'success');
  const [first] = images;
  const data = isRecord(superset['data']) ? superset['data'] : {};
  const hash = first.deleteToken ?? toImageKey(first);
  return {
    ...superset,
    data: {
      ...data,
      file_id: 0,
      storename: fileNameOf(first.objectName),
      path: `/${first.objectName}`,
      size: first.size,
      hash,
      page: first.url,
    },
  };
}

const toSuccess = (requestId: string, data: unknown, message = 'Success'): HttpResponse =>
  toJson({ success: true, status: true, code: 'success', message, data, RequestId: requestId });

type Answer = Awaited<ReturnType<Operation['serve']>>;

async function serveProfile(context: RequestContext): Promise<Answer> {
  const envelope = await context.call(showProfile, () => onlyFields({}));
  if (!envelope.success) return smMs.refuse(toRefusal(envelope, context));
  const { name, email, bytes, quotaBytes } = envelope.data;
  const limit = quotaBytes === undefined ? '' : toSize(quotaBytes);
  return toSuccess(envelope.requestId, {
    ...{ username: name, email, role: 'user', group_expire: '0000-00-00', email_verified: 0 },
    ...{ disk_usage: toSize(bytes), disk_limit: limit, disk_usage_raw: bytes, disk_limit_raw: quotaBytes ?? 0 },
  });
}

const toSize = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(2)} MB`;

async function serveHistory(context: RequestContext): Promise<Answer> {
  const page = context.request.query.get('page') || undefined;
  const envelope = await context.call(listImages, () => onlyFields({ page }));
  if (!envelope.success) return smMs.refuse(toRefusal(envelope, context));
  const data = envelope.data.images.map((image) => {
    const [filename, hash] = [fileNameOf(image.objectName), toImageKey(image)];
    return {
      ...{ width: image.width, height: image.height, filename, storename: filename, size: image.size, hash },
      ...{
        path: `/${image.objectName}`,
        created_at: image.lastModified.slice(0, 19).replace('T', ' '),
        url: image.url,
      },
      ...{ delete: '', page: image.url },
    };
  });
  return toSuccess(envelope.requestId, data);
}

/** The `hash` of an upload, which is a permission by itself. */
async function serveRemoval(context: RequestContext, [, hash = '']: RegExpExecArray): Promise<Answer> {
  const envelope = await context.call(redeemDeletions, () => onlyFields({ deleteTokens: [hash] }));
  if (!envelope.success) return smMs.refuse(toRefusal(envelope, context));
  const refused = envelope.data.outcomes.find((outcome) => 'error' in outcome);
  if (refused === undefined) return toSuccess(envelope.requestId, '', 'File delete success.');
  return smMs.refuse(toRefusal(context.fail(new AppError(refused.error, refused.err)), context));
}

async function serveToken(context: RequestContext): Promise<Answer> {
  const readSignIn = async () => {
    const body = await readInput(context.request, SIGN_IN);
    const { username, password } = isRecord(body) ? body : { username: undefined, password: undefined };
    return onlyFields({ email: username, upwd: password });
  };
  const envelope = await context.call(createToken, readSignIn);
  if (!envelope.success) return smMs.refuse(toRefusal(envelope, context));
  return toSuccess(envelope.requestId, envelope.data);
}
