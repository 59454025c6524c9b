import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type App, defineEndpoint, type EndpointCall } from '../../src/app.ts';
import { bootstrap } from '../../src/bootstrap.ts';
import { input } from '../../src/contract/field.ts';
import { bucketName } from '../../src/contract/fields/bucket.ts';
import { createLocalEntry } from '../../src/events/local.ts';
import { createTempConfig } from '../support/temp-config.ts';

const PERSON = { name: 'n', tfs: '', email: 'n@example.com', phone: '13800138000', upwd: 'correct horse 7' };

let app: App;
let session: string;
let userId: string;
let uploadToken: string;
let listToken: string;
let remove: () => Promise<void>;
let log: string[] = [];
const ran: { readonly word: string; readonly given: object; readonly userId: string }[] = [];

beforeAll(async () => {
  const temp = await createTempConfig();
  remove = temp.remove;
  app = await bootstrap(temp.config, { writeLog: (line) => log.push(line) });
  const local = createLocalEntry(app, '/imagepic');
  await local.call('auth/register', PERSON);
  const signedIn = await local.call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd });
  if (!signedIn.success) throw new TypeError('not signed in');
  session = signedIn.data.token;
  const me = await local.call('auth/me', {}, { token: session });
  userId = me.success ? me.data.userId : '';
  const createToken = async (scopes: ('upload' | 'list')[]): Promise<string> => {
    const made = await local.call('auth/createToken', { name: 't', scopes }, { token: session });
    return made.success ? made.data.token : '';
  };
  [uploadToken, listToken] = [await createToken(['upload']), await createToken(['list'])];
});
afterAll(() => remove());
beforeEach(() => {
  log = [];
  ran.length = 0;
});

interface Given {
  readonly weight: number;
}

/** Says what it was asked, how often it has run, and who asked. */
const echo = defineEndpoint({
  name: 'test/echo',
  access: 'member',
  scope: 'upload',
  changes: true,
  audits: { input: ['bucketName'] },
  input: input({ bucketName }),
  handle:
    ({ apiTokens }) =>
    async ({ bucketName }, { caller, mountUrl }, given: Given) => {
      ran.push({ word: bucketName, given, userId: caller.userId });
      if (bucketName === 'broken') throw new Error('a secret of the database');
      return { bucketName, times: ran.length, mountUrl, tokens: (await apiTokens.list(caller.userId)).length };
    },
});

const call = (fields: unknown, changes: Partial<EndpointCall<Given>> & { readonly weight?: number } = {}) => {
  const { weight = 1, ...facts } = changes;
  return app.serve(echo)({
    transport: 'http',
    requestId: 'r-1',
    language: 'en',
    mountUrl: 'https://bed.example/imagepic',
    clientIp: '10.0.0.1',
    identity: undefined,
    idempotencyKey: undefined,
    token: session,
    body: { read: async () => ({ fields, given: { weight } }) },
    ...facts,
  });
};

const logged = (event: string) => log.map((line) => JSON.parse(line)).filter((line) => line.event === event);

describe('a route that is not there', () => {
  const ask = async ($url: unknown, language: 'zh' | 'en') => {
    const body = { json: async () => ({}), form: async () => ({ fields: {}, file: undefined }) };
    const nobody = { clientIp: undefined, identity: undefined, idempotencyKey: undefined, token: undefined };
    return app.call({ $url, transport: 'local', requestId: 'r-2', language, mountUrl: '', ...nobody, body });
  };

  it.each([
    ['/health', 'health'],
    ['health/', 'health'],
    ['/imagepic/health', undefined],
    ['object/putobject', 'object/putObject'],
    ['/object/putObject', 'object/putObject'],
    ['objects/putObject', 'object/putObject'],
    ['image_search', 'image/search'],
    ['image/searchs', 'image/search'],
    ['x'.repeat(64), undefined],
  ])('of %s says that %s is meant', async ($url, meant) => {
    for (const language of ['zh', 'en'] as const) {
      const envelope = await ask($url, language);
      expect(envelope).toMatchObject({ error: 'NoSuchRoute' });
      const told = meant ?? '.github/REFERENCE.md';
      expect(envelope.success ? '' : envelope.data.err).toContain(told);
    }
  });

  it.each([undefined, null, 7, '', 'x'.repeat(65), { $url: 'health' }])(
    'says how the field is called: %j',
    async ($url) => {
      const envelope = await ask($url, 'en');
      expect(envelope).toMatchObject({
        error: 'InvalidArgument',
        data: { err: expect.stringContaining('dollar sign') },
      });
    },
  );
});

describe('an endpoint', () => {
  it('answers in an envelope with what its handler made of fields, context, given things and services', async () => {
    const envelope = await call({ bucketName: 'images' }, { weight: 7 });
    expect(envelope).toEqual({
      code: '0',
      data: { bucketName: 'images', times: 1, mountUrl: 'https://bed.example/imagepic', tokens: 2 },
      msg: '成功',
      success: true,
      requestId: 'r-1',
    });
    expect(ran).toEqual([{ word: 'images', given: { weight: 7 }, userId }]);
  });

  it.each([
    ['without a token', { token: undefined }, 'InvalidToken'],
    ['with a token that is none', { token: 'x' }, 'InvalidToken'],
    ['with a session in the query', { credentialPlace: 'query' as const }, 'AccessDenied'],
    ['with a key that is no key', { idempotencyKey: 'ä' }, 'InvalidArgument'],
  ])('refuses a call %s', async (_, facts, error) => {
    expect(await call({ bucketName: 'images' }, facts)).toMatchObject({ success: false, error, requestId: 'r-1' });
    expect(ran).toEqual([]);
  });

  it('lets an API token through by its scope alone, also one in the query', async () => {
    expect((await call({ bucketName: 'images' }, { token: uploadToken, credentialPlace: 'query' })).success).toBe(true);
    expect(await call({ bucketName: 'images' }, { token: listToken })).toMatchObject({ error: 'AccessDenied' });
  });

  it('reads nothing of a caller that may not send it', async () => {
    let reads = 0;
    const body = {
      read: async () => {
        reads += 1;
        return { fields: {}, given: { weight: 1 } };
      },
    };
    await call({}, { token: undefined, body });
    await call({}, { token: listToken, body });
    expect(reads).toBe(0);
    await call({}, { body });
    expect(reads).toBe(1);
  });

  it.each([
    ['a wrong field', { bucketName: 'IMAGES' }],
    ['a missing field', {}],
    ['an unknown field', { bucketName: 'images', colour: 'red' }],
    ['what the entry alone may give', { bucketName: 'images', weight: 9 }],
    ['no object', 'images'],
    ['an inherited name', JSON.parse('{"bucketName":"images","__proto__":{}}')],
  ])('checks its fields by its schema: refuses %s', async (_, fields) => {
    expect(await call(fields)).toMatchObject({ success: false, error: 'InvalidArgument' });
    expect(ran).toEqual([]);
  });

  it('happens once under an idempotency key, and not for other things given', async () => {
    const repeat = { idempotencyKey: 'once' };
    const first = await call({ bucketName: 'images' }, repeat);
    expect(await call({ bucketName: 'images' }, repeat)).toEqual(first);
    expect(ran).toHaveLength(1);
    expect(await call({ bucketName: 'other' }, repeat)).toMatchObject({ error: 'IdempotencyMismatch' });
    expect(await call({ bucketName: 'images' }, { ...repeat, weight: 2 })).toMatchObject({
      error: 'IdempotencyMismatch',
    });
  });

  it('is logged once a call, and audited when it has changed something', async () => {
    await call({ bucketName: 'images' });
    await call({ bucketName: 'IMAGES' });
    expect(logged('request')).toMatchObject([
      { requestId: 'r-1', $url: 'test/echo', transport: 'http', code: '0', userId },
      { $url: 'test/echo', code: '-1', error: 'InvalidArgument' },
    ]);
    expect(logged('audit')).toMatchObject([
      { $url: 'test/echo', actor: userId, clientIp: '10.0.0.1', target: { bucketName: 'images' } },
    ]);
  });

  it('reports what its handler throws without a word of it to the client', async () => {
    const envelope = await call({ bucketName: 'broken' });
    expect(envelope).toMatchObject({ success: false, error: 'InternalError' });
    expect(JSON.stringify(envelope)).not.toContain('secret');
    expect(logged('failure')).toHaveLength(1);
  });

  it('is reached by no $url', async () => {
    const envelope = await app.call({
      $url: 'test/echo',
      transport: 'http',
      requestId: 'r-1',
      language: 'en',
      mountUrl: '',
      clientIp: undefined,
      identity: undefined,
      idempotencyKey: undefined,
      token: session,
      body: { json: async () => ({}), form: async () => ({ fields: {}, file: undefined }) },
    });
    expect(envelope).toMatchObject({ error: 'NoSuchRoute' });
  });

  it('gives a stranger to the handler when everybody may call it', async () => {
    const whoami = defineEndpoint({
      name: 'test/whoami',
      access: 'public',
      input: input({}),
      handle:
        () =>
        async (_input, { caller }) =>
          caller.kind,
    });
    const facts = { transport: 'http', requestId: 'r', language: 'zh', mountUrl: '', clientIp: undefined } as const;
    const rest = {
      identity: undefined,
      idempotencyKey: undefined,
      body: { read: async () => ({ fields: {}, given: {} }) },
    };
    expect(await app.serve(whoami)({ ...facts, ...rest, token: undefined })).toMatchObject({ data: 'anonymous' });
    expect(await app.serve(whoami)({ ...facts, ...rest, token: session })).toMatchObject({ data: 'member' });
  });
});
