import { describe, expect, it } from 'vitest';
import { contract, type RouteUrl } from '../../../src/contract/contract.ts';
import type { RouteContract } from '../../../src/contract/route-contract.ts';
import { createLogger } from '../../../src/logger.ts';
import { audit } from '../../../src/middleware/audit.ts';
import { createContext } from '../../support/context.ts';

const CALLER = { kind: 'member', userId: 'u_1', role: 'admin', narrowing: undefined, grants: [], quota: {} } as const;
const PLACE = { bucketName: 'images', objectName: 'd.png' };
const STORED = { etag: 'e', size: 1, contentType: 'image/png', url: 'https://img/secret', ...PLACE };
const NAMES = Array.from({ length: 1000 }, (_, index) => `${index}.png`);
const LONG = { Statement: 'x'.repeat(9000) };

async function write($url: RouteUrl, input: object, body: object) {
  const lines: string[] = [];
  const logger = createLogger(
    (line) => lines.push(line),
    () => new Date(0),
  );
  const route: RouteContract = contract[$url];
  const context = createContext({ $url, input, caller: CALLER });
  await audit(route, logger)(context, async () => {
    context.output = body;
  });
  const [line = ''] = lines;
  return { line, entry: JSON.parse(line) };
}

/** What a change says of its target, and of what came of it. */
const TARGETS: readonly (readonly [string, RouteUrl, object, object, object, object?])[] = [
  [
    'which account was made',
    'auth/register',
    { name: 'N', phone: '13800138000', upwd: 'x' },
    { userId: 'u_2' },
    { userId: 'u_2' },
  ],
  ['nothing of who signs in', 'auth/login', { phone: '13800138000', upwd: 'x' }, { token: 't', refreshToken: 'r' }, {}],
  [
    'what an API token may do, and its id',
    'auth/createToken',
    { name: 'N', scopes: ['list'], prefix: 'a/' },
    { id: '0'.repeat(16), token: 'ip_x' },
    { scopes: ['list'], prefix: 'a/', id: '0'.repeat(16) },
  ],
  [
    'how long an invitation holds, and not which',
    'auth/invite',
    { expiresIn: 60 },
    { invitation: 'i' },
    { expiresIn: 60 },
  ],
  [
    'what of an account was changed',
    'auth/updateUser',
    { userId: 'u_2', quota: { bytes: 1 }, grants: [{ bucketName: 'images', prefix: '', actions: ['read'] }] },
    { userId: 'u_2', role: 'member', disabled: false, quota: { bytes: 1 }, phone: '138****8000' },
    { userId: 'u_2', quota: { bytes: 1 }, grants: [{ bucketName: 'images', prefix: '', actions: ['read'] }] },
  ],
  [
    'a policy',
    'policy/setBucketPolicy',
    { bucketName: 'images', policy: 'public-read' },
    {},
    { bucketName: 'images', policy: 'public-read' },
  ],
  [
    'the beginning of a long policy',
    'policy/setBucketPolicy',
    { bucketName: 'images', policy: LONG },
    {},
    { bucketName: 'images', policy: JSON.stringify(LONG).slice(0, 2048) },
  ],
  [
    'no document of a store',
    'notification/setBucketNotification',
    { bucketName: 'images', configuration: { key: 'x' } },
    {},
    { bucketName: 'images' },
  ],
  ['where an image was put', 'object/putObject', { ...PLACE, base64: 'AAAA' }, STORED, PLACE],
  [
    'the name that an image got',
    'object/putObject',
    { bucketName: 'images', folder: 'a', base64: 'AAAA' },
    { ...STORED, objectName: 'a/1.png' },
    { bucketName: 'images', folder: 'a', objectName: 'a/1.png' },
  ],
  [
    'the name that was asked for, and the other that it got',
    'object/putObject',
    { ...PLACE, onConflict: 'rename' },
    { ...STORED, objectName: 'd-1.png' },
    { ...PLACE, onConflict: 'rename' },
    { objectName: 'd-1.png' },
  ],
  [
    'what was moved where',
    'object/moveObject',
    { ...PLACE, toObjectName: 'z.png' },
    { ...STORED, objectName: 'z.png' },
    { ...PLACE, toObjectName: 'z.png' },
    { objectName: 'z.png' },
  ],
  [
    'what was copied into which bucket',
    'object/copyObject',
    { ...PLACE, toBucketName: 'other', toObjectName: 'z.png' },
    { ...STORED, bucketName: 'other', objectName: 'z.png' },
    { ...PLACE, toBucketName: 'other', toObjectName: 'z.png' },
    { bucketName: 'other', objectName: 'z.png' },
  ],
  [
    'every name that was removed',
    'object/removeObjects',
    { bucketName: 'images', objectNames: ['b.png', 'c.png'] },
    [],
    { bucketName: 'images', objectNames: ['b.png', 'c.png'] },
  ],
  [
    'the first of many names, and how many',
    'object/removeObjects',
    { bucketName: 'images', objectNames: NAMES },
    [],
    { bucketName: 'images', objectNames: { count: 1000, first: NAMES.slice(0, 20) } },
  ],
  ['which upload became which image', 'object/commitObject', { uploadId: '1' }, STORED, { uploadId: '1', ...PLACE }],
];

describe('the audit line says', () => {
  const rows = TARGETS.map(([what, url, input, body, target, became]) => ({ what, url, input, body, target, became }));
  it.each(rows)('$what: $url', async ({ url, input, body, target, became }) => {
    const { entry, line } = await write(url, input, body);
    expect(entry.target).toEqual(target);
    expect(entry.became).toEqual(became);
    expect(line).not.toMatch(/13800138000|ip_x|secret|AAAA/);
    expect(line.length).toBeLessThan(4000);
  });

  it('who did it, when and from where', async () => {
    const { entry } = await write('object/removeObject', PLACE, {});
    expect(entry).toMatchObject({
      event: 'audit',
      requestId: 'r-1',
      $url: 'object/removeObject',
      actor: 'u_1',
      transport: 'local',
      clientIp: '10.0.0.1',
      time: '1970-01-01T00:00:00.000Z',
    });
  });

  it('nothing of a change that failed', async () => {
    const lines: string[] = [];
    const logger = createLogger(
      (line) => lines.push(line),
      () => new Date(0),
    );
    const failing = audit(contract['object/removeObject'], logger)(createContext({ input: PLACE }), () =>
      Promise.reject(new Error('no')),
    );
    await expect(failing).rejects.toThrow('no');
    expect(lines).toEqual([]);
  });
});

describe('the contract', () => {
  const changes = Object.entries<RouteContract>(contract).filter(([, route]) => route.changes === true);

  it.each(changes)('lets no secret of %s be a target', (_url, { input, audits }) => {
    for (const name of audits?.input ?? []) expect(input.fields?.[name]?.secret, name).toBe(false);
  });

  it('leaves the target out only where a session, or a person, is all there is', () => {
    const empty = changes.filter(([, { audits = {} }]) => Object.keys(audits).length === 0).map(([url]) => url);
    expect(empty).toEqual([
      'auth/login',
      'auth/refresh',
      'auth/logout',
      'auth/logoutAll',
      'auth/logoutOthers',
      'auth/change',
      'auth/resetPassword',
      'auth/updateMe',
      'auth/wechatLogin',
      'auth/wechatBind',
      'auth/wechatUnbind',
    ]);
  });
});
