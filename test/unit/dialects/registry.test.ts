import { expect, it } from 'vitest';
import type { App } from '../../../src/app.ts';
import { contract } from '../../../src/contract/contract.ts';
import { serveDialect } from '../../../src/dialects/registry.ts';
import type { HttpRequest } from '../../../src/http/request.ts';

/** Nothing here gets as far as the service. */
const app = {} as App;

const request: HttpRequest = {
  method: 'TRACE',
  path: '/',
  query: new URLSearchParams(),
  headers: new Map(),
  body: (async function* () {})(),
  scheme: 'http',
};
const serve = (path: string) =>
  serveDialect(app, request, { path, mountUrl: '', receive: () => Promise.reject(new TypeError('no image')) });

it.each(Object.keys(contract))('no dialect speaks at the path of the route %s', (url) => {
  expect(serve(`/${url}`)).toBeUndefined();
});

it.each([
  '/upload',
  '/delete',
  '/delete/d1.x.y',
  '/api/upload',
  '/api/1/upload',
  '/api/v2/upload',
  '/api/index.php',
  '/api/v1/upload',
  '/api/v1/tokens',
  '/api/v1/profile',
  '/api/v1/strategies',
  '/api/v1/albums',
  '/api/v1/albums/1',
  '/api/v1/images',
  '/api/v1/images/x',
  '/clients',
  '/client/doctor',
  '/client/doctor/api/v1/upload',
])('a dialect speaks at %s, and names its methods to any other', async (path) => {
  expect((await serve(path))?.headers['allow'] ?? (await serve(path))?.body).toMatch(/GET|POST|DELETE/);
});

it.each(['/', '/uploads', '/i/images/a.png', '/client/doctors', '/apis', '/v2'])('no dialect speaks at %s', (path) => {
  expect(serve(path)).toBeUndefined();
});
