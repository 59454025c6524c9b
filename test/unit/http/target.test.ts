import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import type { HttpRequest } from '../../../src/http/request.ts';
import { type Target, toTarget } from '../../../src/http/target.ts';

const MOUNT = '/imagepic';

function target(method: string, path: string): Target {
  const [bare = '', query] = path.split('?', 2);
  const request: HttpRequest = {
    method,
    path: bare,
    query: new URLSearchParams(query),
    headers: new Map(),
    body: (async function* () {})(),
    scheme: 'http',
  };
  return toTarget(request, MOUNT);
}

describe('a path leads', () => {
  it.each(Object.keys(contract))('to the route %s, with the mount and without', (url) => {
    const { kind } = target('POST', `/${url}`);
    expect(kind).toBe('route');
    expect(target('POST', `${MOUNT}/${url}`)).toEqual(target('POST', `/${url}`));
  });

  it.each([
    ['GET', '/i/images/a/b.png', 'link/get', 'images', 'a/b.png'],
    ['HEAD', '/i/images/%E5%9B%BE%20.png', 'link/get', 'images', '图 .png'],
    ['GET', '/i/images', 'link/get', 'images', ''],
    ['GET', '/i', 'link/get', '', ''],
    ['GET', '/s/images/a.png?sign=1', 'signed/get', 'images', 'a.png'],
    ['PUT', '/s/images/a.png?sign=1', 'signed/put', 'images', 'a.png'],
    ['GET', '/object/getObject?bucketName=images&objectName=a%2Fb.png', 'object/download', 'images', 'a/b.png'],
    ['HEAD', '/object/getObject', 'object/download', '', ''],
  ])('%s %s to %s', (method, path, endpoint, bucketName, objectName) => {
    const found = target(method, MOUNT + path);
    expect(found).toMatchObject({ kind: 'link', endpoint });
    expect(found).not.toHaveProperty('allow');
    expect('place' in found && found.place()).toEqual({ bucketName, objectName });
  });

  it.each([
    ['POST', '/i/images/a.png', ['GET', 'HEAD']],
    ['PUT', '/i/images/a.png', ['GET', 'HEAD']],
    ['POST', '/s/images/a.png', ['GET', 'HEAD', 'PUT']],
    ['DELETE', '/s/images/a.png', ['GET', 'HEAD', 'PUT']],
  ])('%s %s to the methods that it has', (method, path, allow) => {
    expect(target(method, path)).toMatchObject({ kind: 'link', allow });
  });

  it.each([
    ['GET', '/health', ['GET', 'POST']],
    ['POST', '/object/getObject', ['POST']],
    ['GET', '/object/putObject', ['POST']],
  ])('%s %s to a route that knows its methods', (method, path, methods) => {
    expect(target(method, path)).toMatchObject({ kind: 'route', url: path.slice(1), methods });
  });

  it.each([
    ['/upload', '/upload'],
    ['/imagepic/api/v1/upload', '/api/v1/upload'],
    ['/client/doctor', '/client/doctor'],
    ['/imagepic', '/imagepic'],
    ['/', '/'],
    ['//i/images/a.png', '//i/images/a.png'],
    ['/object/putObject/', '/object/putObject/'],
    ['/__proto__', '/__proto__'],
    ['/constructor', '/constructor'],
  ])('%s to nothing of HTTP’s own', (path, rest) => {
    expect(target('POST', path)).toEqual({ kind: 'other', path: rest });
  });

  it('nowhere when it is not percent-encoding, and says so only when asked where', () => {
    const found = target('GET', '/i/images/%zz');
    expect(() => 'place' in found && found.place()).toThrow(expect.objectContaining({ code: 'InvalidArgument' }));
  });
});
