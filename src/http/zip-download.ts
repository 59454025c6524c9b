import * as v from 'valibot';
import { type App, defineEndpoint, type EndpointCall } from '../app.ts';
import { defineField, input } from '../contract/field.ts';
import { toFailure } from '../envelope.ts';
import { encodeUriPart } from '../naming/uri.ts';
import { methodNotAllowed } from './body.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/** What stands in the address; whatever it is not leads nowhere. */
const archive = defineField('token', {
  schema: v.pipe(v.string(), v.maxLength(256)),
  label: { zh: '下载', en: 'The download' },
  rule: { zh: 'image/download 返回的地址', en: 'the address that image/download returned' },
  secret: true,
});

/** `GET /z/<token>` */
const open = defineEndpoint({
  name: 'archive/get',
  access: 'public',
  input: input({ token: archive }),
  handle:
    ({ openDownloads }) =>
    async ({ token }) =>
      (await openDownloads()).open(token),
});

const METHODS = ['GET', 'HEAD'];

/** Serves what is below `/z/`. */
export type ServeZip = (
  request: HttpRequest,
  path: string,
  call: Omit<EndpointCall<object>, 'body'>,
) => Promise<HttpResponse>;

/** Creates the way to archives. How long one is shows when its last image has been read. */
export function createZipDownload(app: Pick<App, 'serve'>): ServeZip {
  const serveOpen = app.serve(open);
  return async ({ method }, path, call) => {
    if (!METHODS.includes(method)) {
      return toEnvelopeResponse(toFailure(methodNotAllowed(METHODS), call.language, call.requestId));
    }
    const read = async () => ({ fields: { token: path.slice('/z/'.length) }, given: {} });
    const envelope = await serveOpen({ ...call, token: undefined, body: { read } });
    if (!envelope.success) return toEnvelopeResponse(envelope);
    const { fileName, body } = envelope.data;
    return {
      status: 200,
      headers: {
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename*=UTF-8''${encodeUriPart(fileName)}`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex',
      },
      body: method === 'HEAD' ? '' : body,
    };
  };
}
