import * as v from 'valibot';
import { type App, defineEndpoint, type EndpointCall } from '../app.ts';
import { defineField, input } from '../contract/field.ts';
import { toFailure } from '../envelope.ts';
import { methodNotAllowed } from './body.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/** What stands in the address; whatever it is not leads nowhere. */
const album = defineField('albumId', {
  schema: v.pipe(v.string(), v.maxLength(256)),
  label: { zh: 'albumId', en: 'The albumId' },
  rule: { zh: 'album/listAlbums 返回的值', en: 'what album/listAlbums returned' },
});

/** `GET /r/<albumId>` */
const pick = defineEndpoint({
  name: 'random/get',
  access: 'public',
  input: input({ albumId: album }),
  handle:
    ({ randomImages }) =>
    async ({ albumId }, { mountUrl }) =>
      randomImages.link(albumId, mountUrl),
});

const METHODS = ['GET', 'HEAD'];

/** Serves what is below `/r/`. */
export type ServeRandom = (
  request: HttpRequest,
  path: string,
  call: Omit<EndpointCall<object>, 'body'>,
) => Promise<HttpResponse>;

/** Creates the way to a picture by chance, another one each time; what is asked for of it, such as a preset, goes along. */
export function createRandomRedirect(app: Pick<App, 'serve'>): ServeRandom {
  const servePick = app.serve(pick);
  return async ({ method, query }, path, call) => {
    if (!METHODS.includes(method)) {
      return toEnvelopeResponse(toFailure(methodNotAllowed(METHODS), call.language, call.requestId));
    }
    const read = async () => ({ fields: { albumId: path.slice('/r/'.length) }, given: {} });
    const envelope = await servePick({ ...call, token: undefined, body: { read } });
    if (!envelope.success) return toEnvelopeResponse(envelope);
    const asked = query.toString();
    return {
      status: 302,
      headers: {
        location: asked === '' ? envelope.data : `${envelope.data}?${asked}`,
        'cache-control': 'no-store',
        'content-length': '0',
        'x-robots-tag': 'noindex',
      },
      body: '',
    };
  };
}
