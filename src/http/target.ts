import type { DoorUrl } from '../contract/doors.ts';
import { AppError } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/** What a path leads to: a route of the contract, or a door with the place it names. */
export type Target =
  | { readonly kind: 'route'; readonly url: string }
  | {
      readonly kind: 'door';
      readonly url: DoorUrl;
      /** The methods that the path has, when the request's is none of them. */
      readonly allow?: readonly string[];
      /** @throws {AppError} InvalidArgument when the path is no place */
      readonly place: () => { readonly bucketName: string; readonly objectName: string };
    };

/** Finds out where a request wants to go; the mount may be in its path or stripped by a gateway. */
export function toTarget(request: HttpRequest, mount: string): Target {
  const path = request.path.startsWith(`${mount}/`) ? request.path.slice(mount.length) : request.path;
  const [, room, bucket, ...key] = path.split('/');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const place = () => ({ bucketName: bucket ?? '', objectName: decodePath(key.join('/')) });
  if (room === 'i') return { kind: 'door', url: 'link/get', place, ...(!reads && { allow: ['GET', 'HEAD'] }) };
  if (room === 's') {
    const allow = reads || request.method === 'PUT' ? {} : { allow: ['GET', 'HEAD', 'PUT'] };
    return { kind: 'door', url: request.method === 'PUT' ? 'signed/put' : 'signed/get', place, ...allow };
  }
  const url = path.slice(1);
  if (url === 'object/getObject' && reads) {
    return { kind: 'door', url: 'object/download', place: () => fromQuery(request.query) };
  }
  return { kind: 'route', url };
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
