import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { BucketSettings, CorsRule } from '../../../../src/ports/bucket-settings.ts';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import { createBucketCheck } from '../../../../src/services/buckets/bucket-check.ts';
import { BUCKET } from '../../../support/memory/bed.ts';
import { createMemoryObjectStore, type MemoryObjectStore } from '../../../support/memory/object-store.ts';

const CHECKS = ['exists', 'put', 'head', 'get', 'list', 'presign', 'remove', 'gone'];

let store: MemoryObjectStore;
beforeEach(async () => {
  store = createMemoryObjectStore({ now: () => new Date(0) });
  await store.makeBucket(BUCKET);
});

const rule = (...allowedMethods: readonly string[]): CorsRule => ({
  ...{ allowedMethods, allowedOrigins: ['*'], allowedHeaders: [], exposeHeaders: [], maxAgeSeconds: 0 },
});
const settingsWith = (...rules: readonly CorsRule[]): BucketSettings => ({
  getCors: async () => rules,
  setCors: async () => undefined,
  getPolicy: async () => undefined,
  setPolicy: async () => undefined,
  removePolicy: async () => undefined,
  getNotification: async () => ({}),
  setNotification: async () => undefined,
  removeNotification: async () => undefined,
  has: async () => true,
  abortStaleUploads: async () => undefined,
});
const check = (changes: Partial<ObjectStore> = {}, settings?: BucketSettings, bucket = BUCKET) =>
  createBucketCheck({ ...store, ...changes }, settings)(bucket);
const failed = async (results: ReturnType<typeof check>) => (await results).filter(({ ok }) => !ok);

describe('the check of a bucket', () => {
  it('tries all that the service will want, and leaves nothing', async () => {
    const keys: string[] = [];
    store.hooks.before = ({ key }) => {
      if (key !== '') keys.push(key);
    };
    expect(await check()).toEqual(CHECKS.map((name) => ({ check: name, ok: true })));
    expect((await store.list(BUCKET, { limit: 10 })).objects).toEqual([]);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^\.imagepic\/check\/[0-9a-f-]{36}$/);
  });

  it('takes another object each time', async () => {
    const keys = new Set<string>();
    store.hooks.before = ({ method, key }) => {
      if (method === 'put') keys.add(key);
    };
    await check();
    await check();
    expect(keys.size).toBe(2);
  });

  it.each<[string, Partial<ObjectStore>, string]>([
    ['is missing', { bucketExists: async () => false }, 'exists'],
    ['takes nothing', { put: async () => undefined }, 'put'],
    ['loses what it took', { head: async () => undefined }, 'head'],
    ['gives nothing', { get: async () => undefined }, 'get'],
    ['lists nothing', { list: async () => ({ objects: [], prefixes: [] }) }, 'list'],
    ['removes nothing', { remove: async () => 'removed' as const }, 'gone'],
  ])('says which and what to do of one that %s', async (_, changes, expected) => {
    const failures = await failed(check(changes));
    expect(failures.map((failure) => failure.check)).toContain(expected);
    for (const { advice } of failures) {
      expect(advice?.zh).toMatch(/\p{Script=Han}/u);
      expect(advice?.en).toMatch(/[a-z]/);
    }
  });

  it('says in the store’s own words what it refuses, and goes on', async () => {
    const text = { zh: '没有权限', en: 'no permission' };
    const put = () => Promise.reject(new AppError('AccessDenied', text));
    const results = await check({ put });
    expect(results.map((result) => result.check)).toEqual(CHECKS);
    expect(results[1]).toEqual({ check: 'put', ok: false, advice: text });
  });

  it('of one that is missing goes on as well', async () => {
    const results = await check({}, undefined, 'missing');
    expect(results[0]).toMatchObject({ ok: false, advice: { en: expect.stringContaining('APPID') } });
  });

  it('passes on what is no refusal', async () => {
    await expect(check({ put: () => Promise.reject(new TypeError('a bug')) })).rejects.toThrow('a bug');
  });

  it.each<[string, readonly CorsRule[], boolean]>([
    ['no rules', [], false],
    ['rules that only read', [rule('GET', 'HEAD')], false],
    ['a rule that puts', [rule('GET', 'PUT')], true],
    ['a second rule that puts', [rule('GET'), rule('PUT')], true],
  ])('tells of %s whether browsers can upload directly', async (_, rules, ok) => {
    const results = await check({}, settingsWith(...rules));
    expect(results.map((result) => result.check)).toEqual([...CHECKS, 'cors', 'policy', 'lifecycle']);
    expect(results[CHECKS.length]).toMatchObject(
      ok ? { ok } : { ok, advice: { en: expect.stringContaining('bucket/setBucketCors') } },
    );
  });

  it.each<[string, BucketSettings['has']]>([
    ['has none', async () => false],
    ['refuses to say', () => Promise.reject(new AppError('AccessDenied', { zh: '没有权限', en: 'no permission' }))],
  ])('says what the service does without policies and life cycles, of a store that %s', async (_, has) => {
    const results = await check({}, { ...settingsWith(rule('PUT')), has });
    for (const name of ['policy', 'lifecycle']) {
      const result = results.find((one) => one.check === name);
      expect(result).toMatchObject({ ok: true, advice: { zh: expect.stringMatching(/\p{Script=Han}/u) } });
    }
    expect(results.every(({ ok }) => ok)).toBe(true);
  });
});
