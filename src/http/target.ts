import { methodsOf } from '../app.ts';
import { AppError } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/** What a path leads to: a route of the contract, a link to an object, or nothing that HTTP itself knows. */
export type Target =
  | { readonly kind: 'route'; readonly url: string; readonly methods: readonly string[] }
  | ({ readonly kind: 'link' } & Link)
  | { readonly kind: 'other'; readonly path: string };

/** A path that stands for an object. */
export interface Link {
  readonly endpoint: 'link/get' | 'object/download' | 'signed/get' | 'signed/put';
  /** The methods that the path has, when the request's is none of them. */
  readonly allow?: readonly string[];
  /** @throws {AppError} InvalidArgument when the path is no place */
  readonly place: () => { readonly bucketName: string; readonly objectName: string };
}

/** Finds out where a request wants to go; the mount may be in its path or stripped by a gateway. */
export function toTarget(request: HttpRequest, mount: string): Target {
  const path = request.path.startsWith(`${mount}/`) ? request.path.slice(mount.length) : request.path;
  const link = toLink(request, path);
  if (link !== undefined) return { kind: 'link', ...link };
  const url = path.slice(1);
  const methods = methodsOf(url);
  return methods === undefined ? { kind: 'other', path } : { kind: 'route', url, methods };
}

function toLink({ method, query }: HttpRequest, path: string): Link | undefined {
  const [, first, bucket, ...key] = path.split('/');
  const reads = method === 'GET' || method === 'HEAD';
  const place = () => ({ bucketName: bucket ?? '', objectName: decodePath(key.join('/')) });
  if (first === 'i') return { endpoint: 'link/get', place, ...(!reads && { allow: ['GET', 'HEAD'] }) };
  if (first === 's') {
    const allow = reads || method === 'PUT' ? {} : { allow: ['GET', 'HEAD', 'PUT'] };
    return { endpoint: method === 'PUT' ? 'signed/put' : 'signed/get', place, ...allow };
  }
  if (path === '/object/getObject' && reads) return { endpoint: 'object/download', place: () => fromQuery(query) };
  return undefined;
}

const fromQuery = (query: URLSearchParams) => ({
  bucketName: query.get('bucketName') ?? '',
  objectName: query.get('objectName') ?? '',
});

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new AppError(
      'InvalidArgument',
      { zh: '路径不是合法的百分号编码', en: 'The path is not valid percent-encoding' },
      { cause },
    );
  }
}
