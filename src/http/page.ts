// https://www.w3.org/TR/CSP3/ · https://www.w3.org/TR/trusted-types/ · https://datatracker.ietf.org/doc/html/rfc9110#section-12.5.3
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { whenAsked } from '../concurrency/when-asked.ts';
import { findBuiltFolder } from './built-folder.ts';
import { isUnchanged } from './download.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/** A file of the page as it was built. */
const builtFile = v.object({
  contentType: v.string(),
  etag: v.string(),
  /** Whether its name changes whenever it does. */
  isHashed: v.boolean(),
  /** Bytes as they are, and of each encoding that lies beside it. */
  bytes: v.object({ identity: v.number(), br: v.optional(v.number()), gzip: v.optional(v.number()) }),
});
type BuiltFile = v.InferOutput<typeof builtFile>;

/** By their paths below the page; `build/` writes it. */
const builtFiles = v.record(v.string(), builtFile);

const ENDING = { br: '.br', gzip: '.gz', identity: '' } as const;
type Encoding = keyof typeof ENDING;

interface PageOptions {
  /** Where the built page lies, `files.json` in it. */
  readonly pageFolder?: string | undefined;
  /** Path that the API, and so the page, stands under. */
  readonly mount: string;
  /** Origins besides its own that images come from and go to. */
  readonly imageOrigins: readonly string[];
}

/** Serves a file of the page; `undefined` when the path is none of them. */
export type ServePage = (request: HttpRequest, path: string) => Promise<HttpResponse | undefined>;

/** Creates the server of the page. Where none was built there is none. */
export function createPage({
  pageFolder: folder = findBuiltFolder('page'),
  mount,
  imageOrigins,
}: PageOptions): ServePage {
  const policy = toPolicy(imageOrigins);
  const openFiles = whenAsked(async () => new Map(Object.entries(await readFiles(folder))));
  return async (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const files = await openFiles();
    const isRoot = request.path === mount || path === '/' || path === '';
    const name = isRoot ? 'index.html' : path.slice(1);
    const file = files.get(name);
    if (file === undefined) return undefined;
    // Its files are named relative to it.
    if (request.path === mount) return { status: 308, headers: { location: `${mount}/`, ...policy }, body: '' };
    return toResponse(request, file, { path: join(folder, name), policy });
  };
}

async function readFiles(folder: string): Promise<v.InferOutput<typeof builtFiles>> {
  const text = await readFile(join(folder, 'files.json'), 'utf8').catch(() => '{}');
  return v.parse(builtFiles, JSON.parse(text));
}

interface Place {
  readonly path: string;
  readonly policy: Readonly<Record<string, string>>;
}

function toResponse({ method, headers }: HttpRequest, file: BuiltFile, { path, policy }: Place): HttpResponse {
  const encoding = pickEncoding(file, headers.get('accept-encoding'));
  const etag = `${file.etag}-${encoding}`;
  const shown = {
    ...policy,
    etag: `"${etag}"`,
    vary: 'Accept-Encoding',
    'cache-control': file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (isUnchanged(headers.get('if-none-match'), etag)) return { status: 304, headers: shown, body: '' };
  return {
    status: 200,
    headers: {
      ...shown,
      'content-type': file.contentType,
      'content-length': String(file.bytes[encoding]),
      ...(encoding !== 'identity' && { 'content-encoding': encoding }),
    },
    body: method === 'HEAD' ? '' : createReadStream(`${path}${ENDING[encoding]}`),
  };
}

/** The smallest that lies there and the client takes; one that it refuses by `q=0` it does not take. */
function pickEncoding({ bytes }: BuiltFile, accept = ''): Encoding {
  const offered = accept.split(',').map((each) => each.trim().toLowerCase());
  const takes = (encoding: Encoding): boolean =>
    offered.some((each) => each.startsWith(encoding) && !/;\s*q=0(\.0*)?$/.test(each));
  return (['br', 'gzip'] as const).find((encoding) => bytes[encoding] !== undefined && takes(encoding)) ?? 'identity';
}

/** Nothing from elsewhere, nothing inline, no string that becomes code or markup. */
function toPolicy(imageOrigins: readonly string[]): Readonly<Record<string, string>> {
  const origins = imageOrigins.map((origin) => ` ${origin}`).join('');
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      `img-src 'self' blob:${origins}`,
      `connect-src 'self'${origins}`,
      "manifest-src 'self'",
      "worker-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types imagepic',
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(self), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}
