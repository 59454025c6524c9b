import type { Envelope } from '../../envelope.ts';
import { readInput } from '../../http/body.ts';
import type { HttpResponse } from '../../http/request.ts';
import { fileNameOf } from '../../naming/key.ts';
import { escapeHtml } from '../../naming/link-format.ts';
import { isRecord } from '../../naming/record.ts';
import { toLinkFields } from '../answer-format.ts';
import { andHangUp, refusalHeaders, toJson, toRefusal } from '../answers.ts';
import { withoutCredential } from '../credential.ts';
import { redeemDeletions } from '../deletion.ts';
import type { Dialect, Operation, Refusal } from '../dialect.ts';
import { onlyFields, type RequestContext } from '../request-context.ts';
import { parseImageKey, toFailureSuperset, toImageKey, toSuperset } from '../upload/superset.ts';
import { serveUpload } from '../upload/upload.ts';
import { createToken, revokeTokens, SIGN_IN, showProfile } from './accounts.ts';
import { listAlbums, listStrategies, removeAlbum } from './albums.ts';
import { listImages, removeImage } from './images.ts';

/** What Lsky shows on a page, of images and of albums. */
const PER_PAGE = 40;
/**
 * What an account without a quota has, in kilobytes: as much as is counted. Clients divide by it and take nothing but a
 * number; to Lsky 0 is that nothing more can be stored.
 */
const UNBOUNDED_KB = Math.floor(Number.MAX_SAFE_INTEGER / 1024);

/** Lsky Pro 2: clients show `message` of a 200 whose `status` is false; beside uploads, a bad token is a 401. */
export const lskyV2: Dialect = {
  name: 'lsky-v2',
  operations: [
    operation('POST', /^\/api\/v1\/upload$/, (context) =>
      serveUpload(context, {
        maxFiles: 1,
        place: async (fields) => {
          const strategyId = fields.get('strategy_id');
          const strategy = typeof strategyId === 'string' && strategyId !== '' ? { strategyId } : {};
          if (!fields.has('expired_at')) return strategy;
          return { ...strategy, ...(await import('../upload/lifetime.ts')).readExpiredAt(fields) };
        },
        accept: ({ images }) => toJson({ ...toSuperset(images, context.mountUrl, 200), message: '上传成功' }),
        refuse: (refusal) => toJson(toFailureSuperset(refusal)),
      }),
    ),
    operation('POST', /^\/api\/v1\/tokens$/, async (context) => {
      const readSignIn = async () => {
        const body = await readInput(context.request, SIGN_IN);
        const { email, password } = isRecord(body) ? body : { email: undefined, password: undefined };
        return onlyFields({ email, upwd: password });
      };
      return answer(context, await context.call(createToken, readSignIn), (data) => data);
    }),
    operation('DELETE', /^\/api\/v1\/tokens$/, async (context) =>
      answer(context, await context.call(revokeTokens, () => onlyFields({})), () => ({})),
    ),
    operation('GET', /^\/api\/v1\/profile$/, serveProfile),
    operation('GET', /^\/api\/v1\/strategies$/, async (context) =>
      answer(context, await context.call(listStrategies, () => onlyFields({})), (strategies) => ({
        strategies: strategies.map(({ id, bucketName }) => ({ id, name: bucketName })),
      })),
    ),
    operation('GET', /^\/api\/v1\/albums$/, serveAlbums),
    operation('DELETE', /^\/api\/v1\/albums\/(?<albumId>\d{1,9})$/, async (context, [, albumId]) =>
      answer(context, await context.call(removeAlbum, () => onlyFields({ albumId })), () => ({}), '删除成功'),
    ),
    operation('GET', /^\/api\/v1\/images$/, serveImages),
    operation('DELETE', /^\/api\/v1\/images\/(?<key>[\w.-]{1,4096})$/, serveRemoval),
  ],
  refuse,
};

function operation(method: string, path: RegExp, serve: Operation['serve']): Operation {
  return {
    methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
    path,
    serve: async (context, match) => andHangUp(await serve(context, match), context),
  };
}

function refuse(refusal: Refusal): HttpResponse {
  const { status } = refusal;
  const isOwn = status === 401 || status === 405 || status === 429;
  return toJson(toFailureSuperset(refusal), isOwn ? status : 200, refusalHeaders(refusal));
}

function answer<Data>(
  context: RequestContext,
  envelope: Envelope<Data>,
  toData: (data: Data) => object,
  message = 'success',
): HttpResponse {
  if (!envelope.success) return refuse(toRefusal(envelope, context));
  return toJson({ status: true, message, data: toData(envelope.data) });
}

async function serveProfile(context: RequestContext): Promise<HttpResponse> {
  return answer(
    context,
    await context.call(showProfile, () => onlyFields({})),
    ({ name, email, bytes, objects, quotaBytes, albums }) => ({
      username: name,
      name,
      avatar: '',
      email,
      capacity: quotaBytes === undefined ? UNBOUNDED_KB : quotaBytes / 1024,
      used_capacity: bytes / 1024,
      url: context.mountUrl,
      image_num: objects,
      album_num: albums,
    }),
  );
}

async function serveAlbums(context: RequestContext): Promise<HttpResponse> {
  const page = context.request.query.get('page') ?? undefined;
  const envelope = await context.call(listAlbums, () => onlyFields({ page }));
  return answer(context, envelope, ({ total, albums }) =>
    paginate(
      context,
      total,
      albums.map(({ id, folder, images }) => ({ id, name: folder, intro: '', image_num: images })),
    ),
  );
}

async function serveImages(context: RequestContext): Promise<HttpResponse> {
  const { query } = context.request;
  const read = (name: string) => query.get(name) || undefined;
  const fields = {
    page: read('page'),
    albumId: read('album_id'),
    order: read('order'),
    keyword: read('keyword') ?? read('q'),
  };
  const envelope = await context.call(listImages, () => onlyFields(fields));
  return answer(context, envelope, ({ total, images }) =>
    paginate(
      context,
      total,
      images.map((image) => {
        const name = fileNameOf(image.objectName);
        const links = toLinkFields({ ...image, name });
        return {
          key: toImageKey(image),
          name,
          origin_name: image.originalName,
          pathname: image.objectName,
          size: Math.round((image.size / 1024) * 100) / 100,
          width: image.width,
          height: image.height,
          mimetype: image.contentType,
          extension: name.slice(name.lastIndexOf('.') + 1),
          md5: image.etag ?? '',
          sha1: '',
          human_date: image.lastModified.slice(0, 10),
          date: image.lastModified.slice(0, 19).replace('T', ' '),
          links: { ...links, html: escapeHtml(links.html) },
        };
      }),
    ),
  );
}

/** A page as Laravel's paginator writes it. */
function paginate({ request, mountUrl, path }: RequestContext, total: number, data: readonly object[]) {
  const current = Number(request.query.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(total / PER_PAGE));
  const first = (current - 1) * PER_PAGE + 1;
  const toUrl = (page: number): string => {
    const query = withoutCredential(request.query);
    query.set('page', String(page));
    return `${mountUrl}${path}?${query}`;
  };
  return {
    current_page: current,
    data,
    first_page_url: toUrl(1),
    from: data.length > 0 ? first : null,
    last_page: last,
    last_page_url: toUrl(last),
    next_page_url: current < last ? toUrl(current + 1) : null,
    path: `${mountUrl}${path}`,
    per_page: PER_PAGE,
    prev_page_url: current > 1 ? toUrl(current - 1) : null,
    to: data.length > 0 ? first + data.length - 1 : null,
    total,
  };
}

/** Takes the key of an upload, which is a permission by itself, or the key of a listing, for which the token must do. */
async function serveRemoval(context: RequestContext, [, key = '']: RegExpExecArray): Promise<HttpResponse> {
  const place = key.includes('.') ? undefined : parseImageKey(key);
  const envelope: Envelope<unknown> =
    place === undefined
      ? await context.call(redeemDeletions, () => onlyFields({ deleteTokens: [key] }))
      : await context.call(removeImage, () => onlyFields(place));
  return answer(context, envelope, () => ({}), '删除成功');
}
