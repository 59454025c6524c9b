import * as v from 'valibot';
import { type App, type AppServices, defineEndpoint, type EndpointCall, type Wanted } from '../app.ts';
import { input } from '../contract/field.ts';
import { bucketName } from '../contract/fields/bucket.ts';
import { objectName } from '../contract/fields/object.ts';
import { asksForVariant } from '../naming/variant.ts';
import { methodNotAllowed } from './body.ts';
import { parseEtag, parseRange, toDownloadResponse } from './download.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import type { Link } from './target.ts';

/** How a request wants to read an object. */
type Reading = Pick<Wanted, 'range' | 'withBody' | 'unlessEtag'> & {
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly referer: string | undefined;
  readonly host: string | undefined;
};

/** What a request wants to write. */
interface Writing {
  readonly query: URLSearchParams;
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

const place = input({ bucketName, objectName });
/** A signed key may be one of the service's own, so it is held to its signature alone. */
const signedPlace = input({ bucketName, objectName: { ...objectName, schema: v.string() } });

/** `GET /i/<bucket>/<key>`, as it was stored or in another size or form */
const getLink = defineEndpoint({
  name: 'link/get',
  access: 'public',
  input: place,
  handle:
    (services) =>
    async (at, { caller, mountUrl }, reading: Reading) => {
      const { reader, openVariants } = services;
      const shown = await checkHotlink(services, at.bucketName, reading, mountUrl);
      if (shown === 'picture') return (await import('./hotlink-picture.ts')).toHotlinkPicture(reading.withBody);
      const opened = asksForVariant(reading.query)
        ? await (await openVariants()).variants.open(caller, { ...at, ...reading })
        : await reader.openLink(caller, { ...at, ...reading });
      return { ...opened, isGuarded: shown === 'allowed' };
    },
});

/** What a bucket says to the page that shows its image; of one that not everybody sees, who may is known already. */
async function checkHotlink(
  { buckets, hotlinkRules }: Pick<AppServices, 'buckets' | 'hotlinkRules'>,
  bucketName: string,
  { referer, host = '' }: Reading,
  mountUrl: string,
) {
  if (!(await buckets.isPublic(bucketName))) return 'unruled';
  const ownHosts = [host.toLowerCase(), ...(URL.canParse(mountUrl) ? [new URL(mountUrl).host] : [])];
  return hotlinkRules.check(bucketName, { referer, ownHosts });
}

/** `GET /object/getObject?bucketName=…&objectName=…` */
const download = defineEndpoint({
  name: 'object/download',
  access: 'member',
  scope: 'read',
  input: place,
  handle:
    ({ reader }) =>
    (at, { caller }, reading: Reading) =>
      reader.download(caller, { ...at, ...reading }),
});

/** `GET /s/<bucket>/<key>?<signature>` */
const getSigned = defineEndpoint({
  name: 'signed/get',
  access: 'public',
  input: signedPlace,
  handle:
    ({ reader }) =>
    (at, { caller }, reading: Reading) =>
      reader.openSigned(caller, { ...at, ...reading }),
});

/** `PUT /s/<bucket>/<key>?<signature>` */
const putSigned = defineEndpoint({
  name: 'signed/put',
  access: 'public',
  input: signedPlace,
  handle:
    ({ directUploads }) =>
    (at, _context, writing: Writing) =>
      directUploads.receiveSigned({ ...at, ...writing }),
});

/** Serves a request to a link, a download or a presigned address of our own mount. */
export type ServeLink = (
  request: HttpRequest,
  link: Link,
  call: Omit<EndpointCall<object>, 'body'>,
) => Promise<HttpResponse>;

/** Creates what only HTTP has: paths that stand for an object. */
export function createLinks(app: App): ServeLink {
  const write = app.serve(putSigned);
  const read = {
    'link/get': app.serve(getLink),
    'object/download': app.serve(download),
    'signed/get': app.serve(getSigned),
  };
  return async (request, link, call) => {
    if (link.endpoint === 'signed/put') {
      const envelope = await write({
        ...call,
        body: { read: async () => ({ fields: toFields(link), given: toWriting(request) }) },
      });
      return toEnvelopeResponse(envelope);
    }
    const reading = { read: async () => ({ fields: toFields(link), given: toReading(request) }) };
    const envelope = await read[link.endpoint]({ ...call, body: reading });
    return envelope.success ? toDownloadResponse(request, envelope.data) : toEnvelopeResponse(envelope);
  };
}

function toFields({ allow, place: readPlace }: Link) {
  if (allow !== undefined) throw methodNotAllowed(allow);
  return readPlace();
}

const toReading = ({ method, headers, query }: HttpRequest): Reading => ({
  query,
  accept: headers.get('accept'),
  referer: headers.get('referer'),
  host: headers.get('host'),
  withBody: method !== 'HEAD',
  range: parseRange(headers.get('range')),
  unlessEtag: parseEtag(headers.get('if-none-match')),
});

const toWriting = ({ headers, query, body }: HttpRequest): Writing => ({
  query,
  contentType: headers.get('content-type'),
  contentLength: toLength(headers.get('content-length')),
  body,
});

const toLength = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
