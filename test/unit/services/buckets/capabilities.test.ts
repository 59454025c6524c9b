import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../../../src/ports/object-store.ts';
import type { StoreTrials } from '../../../../src/ports/store-trials.ts';
import { createBucketCheck } from '../../../../src/services/buckets/bucket-check.ts';
import { CAPABILITIES, type Capabilities, createCapabilities } from '../../../../src/services/buckets/capabilities.ts';
import { createLeftovers } from '../../../../src/services/leftovers.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';
import { createMemoryObjectStore } from '../../../support/memory/object-store.ts';
import { createMemoryTrials } from '../../../support/memory/store-trials.ts';

const START = Date.UTC(2026, 0, 2);
const DAY = 24 * 60 * 60 * 1000;
const ALL: Capabilities = {
  conditionalWrite: true,
  conditionalReplace: true,
  conditionalCopy: true,
  conditionalSource: true,
  copyDescription: true,
  signedForm: true,
  conditionalDelete: true,
  headDescription: true,
  listing: true,
  nestedKeys: true,
};

const UNPROVEN = {
  conditionalWrite: undefined,
  conditionalReplace: false,
  conditionalCopy: false,
  conditionalSource: false,
  copyDescription: false,
  conditionalDelete: false,
};

/** Before every process can have heard of it. */
const UNSETTLED = { ...ALL, conditionalReplace: false, conditionalDelete: false };

type Oddity = (
  store: ObjectStore,
  trials: StoreTrials,
) => { readonly store?: ObjectStore; readonly trials?: StoreTrials };
const refuse = (code: 'NotImplemented' | 'InvalidArgument' | 'ServiceUnavailable'): Promise<never> =>
  Promise.reject(new AppError(code, { zh: '不', en: 'no' }));

/** A store that says something else of an object than what is so. */
const seeing =
  (changed: Partial<ObjectMetadata>): Oddity =>
  (store) => ({
    store: {
      ...store,
      head: async (b, k) => {
        const found = await store.head(b, k);
        return found && { ...found, ...changed };
      },
    },
  });

async function open(odd: Oddity = () => ({})) {
  const clock = { now: START };
  const now = (): Date => new Date(clock.now);
  const documents = createMemoryDocumentStore(now);
  const kept = createMemoryObjectStore({ now });
  await kept.makeBucket('images');
  const whole = { store: kept as ObjectStore, trials: createMemoryTrials(kept) };
  const { store, trials } = { ...whole, ...odd(whole.store, whole.trials) };
  let puts = 0;
  const counting: StoreTrials = {
    ...trials,
    put: (...args) => {
      puts += 1;
      return trials.put(...args);
    },
  };
  const start = () =>
    createCapabilities({ store, trials: counting, documents, leftovers: createLeftovers(documents, now), now });
  return { clock, documents, kept, store, start, puts: () => puts };
}

const lacking = (...names: readonly (keyof Capabilities)[]): Capabilities => ({
  ...ALL,
  ...Object.fromEntries(names.map((name) => [name, false])),
});

const ODDITIES: readonly [string, Oddity, Capabilities][] = [
  ['does all that S3 says', () => ({}), ALL],
  [
    'ignores If-None-Match',
    (_, trials) => ({
      trials: { ...trials, put: (b, k, bytes, { ifNoneMatch: _ignored, ...rest }) => trials.put(b, k, bytes, rest) },
    }),
    lacking('conditionalWrite'),
  ],
  [
    'says 501 to If-None-Match',
    (_, trials) => ({
      trials: {
        ...trials,
        put: (b, k, bytes, how) => (how.ifNoneMatch ? refuse('NotImplemented') : trials.put(b, k, bytes, how)),
      },
    }),
    lacking('conditionalWrite'),
  ],
  [
    'refuses whatever has a condition',
    (_, trials) => ({
      trials: {
        ...trials,
        put: async (b, k, bytes, how) => (Object.keys(how).length > 0 ? undefined : trials.put(b, k, bytes, how)),
        remove: async (b, k, how) => (Object.keys(how).length > 0 ? false : trials.remove(b, k, how)),
      },
    }),
    lacking('conditionalWrite', 'conditionalReplace', 'conditionalDelete'),
  ],
  [
    'says that it refused, and overwrites',
    (_, trials) => ({
      trials: {
        ...trials,
        put: async (b, k, bytes, how) => {
          await trials.put(b, k, bytes, {});
          return how.ifNoneMatch || how.ifMatch?.startsWith('0000') ? undefined : { etag: 'e' };
        },
      },
    }),
    lacking('conditionalWrite', 'conditionalReplace', 'conditionalSource', 'conditionalDelete'),
  ],
  [
    'ignores If-Match',
    (_, trials) => ({
      trials: {
        ...trials,
        put: (b, k, bytes, { ifMatch: _ignored, ...rest }) => trials.put(b, k, bytes, rest),
        remove: (b, k) => trials.remove(b, k, {}),
      },
    }),
    lacking('conditionalReplace', 'conditionalDelete'),
  ],
  [
    'knows no condition on DELETE',
    (_, trials) => ({
      trials: {
        ...trials,
        remove: (b, k, how) => (how.ifMatch ? refuse('InvalidArgument') : trials.remove(b, k, how)),
      },
    }),
    lacking('conditionalDelete'),
  ],
  [
    'ignores conditions when it copies',
    (_, trials) => ({
      trials: {
        ...trials,
        copy: (b, from, to, { description }) => trials.copy(b, from, to, description ? { description } : {}),
      },
    }),
    lacking('conditionalCopy', 'conditionalSource'),
  ],
  [
    'keeps the old type and metadata when it copies (B4)',
    (_, trials) => ({
      trials: {
        ...trials,
        copy: (b, from, to, { description: _ignored, ...rest }) => trials.copy(b, from, to, rest),
      },
    }),
    lacking('copyDescription'),
  ],
  [
    'adds metadata to the old when it copies (B4)',
    (store, trials) => ({
      trials: {
        ...trials,
        copy: async (b, from, to, { description, ...rest }) => {
          const metadata = { ...(await store.head(b, from))?.metadata, ...description?.metadata };
          return trials.copy(b, from, to, description ? { ...rest, description: { ...description, metadata } } : rest);
        },
      },
    }),
    lacking('copyDescription'),
  ],
  [
    'copies whatever is there now',
    (_, trials) => ({
      trials: { ...trials, copy: (b, from, to, { ifSource: _ignored, ...rest }) => trials.copy(b, from, to, rest) },
    }),
    lacking('conditionalSource'),
  ],
  [
    'takes no forms',
    (_, trials) => ({ trials: { ...trials, postForm: () => refuse('NotImplemented') } }),
    lacking('signedForm'),
  ],
  [
    'throws forms away',
    (_, trials) => ({ trials: { ...trials, postForm: async () => undefined } }),
    lacking('signedForm'),
  ],
  [
    'gives another type back',
    seeing({ contentType: 'application/octet-stream' }),
    lacking('headDescription', 'copyDescription'),
  ],
  [
    'looks at objects under etags that it does not write them with (B11)',
    seeing({ etag: 'another' }),
    lacking('conditionalReplace', 'conditionalCopy', 'conditionalSource', 'conditionalDelete'),
  ],
  [
    'lists without etags',
    (store) => ({
      store: {
        ...store,
        list: async (b, how) => {
          const page = await store.list(b, how);
          return { ...page, objects: page.objects.map((object) => ({ ...object, etag: '' })) };
        },
      },
    }),
    lacking('listing'),
  ],
  [
    'lists in another order',
    (store) => ({
      store: {
        ...store,
        list: async (b, how) => {
          const page = await store.list(b, how);
          return { ...page, objects: [...page.objects].reverse() };
        },
      },
    }),
    lacking('listing'),
  ],
  [
    'lists nothing below a key that is an object (B16)',
    (store) => ({
      store: {
        ...store,
        list: async (b, how) => {
          const page = await store.list(b, how);
          const isBelow = (key: string) => page.objects.some((other) => key.startsWith(`${other.key}/`));
          return { ...page, objects: page.objects.filter(({ key }) => !isBelow(key)) };
        },
      },
    }),
    lacking('nestedKeys'),
  ],
  [
    'refuses a key below one that is an object (B16)',
    (store) => ({
      store: {
        ...store,
        put: async (b, k, body, how) => {
          const above = await store.head(b, k.slice(0, Math.max(k.lastIndexOf('/'), 1)));
          return above === undefined ? store.put(b, k, body, how) : refuse('InvalidArgument');
        },
      },
    }),
    lacking('nestedKeys'),
  ],
  [
    'knows no delimiter',
    (store) => ({ store: { ...store, list: (b, { delimiter: _ignored, ...how }) => store.list(b, how) } }),
    lacking('listing'),
  ],
];

describe('what a bucket can do', () => {
  it.each(ODDITIES)('is found out of a store that %s, which is left as it was', async (_, odd, expected) => {
    const { documents, kept, start } = await open(odd);
    expect(await start().probe('images')).toEqual(expected);
    expect((await kept.list('images', { limit: 10 })).objects).toEqual([]);
    expect([...documents.texts().keys()].filter((name) => name.startsWith('leftovers/'))).toEqual([]);
  });

  it('is nothing at first, and what was found without anybody asking for it soon after', async () => {
    const { clock, start, puts } = await open();
    const capabilities = start();
    const asked = await Promise.all(Array.from({ length: 5 }, () => capabilities.of('images')));
    for (const seen of asked) expect(seen).toEqual(UNPROVEN);
    await vi.waitFor(async () => expect(await capabilities.of('images')).toEqual(UNSETTLED));
    const once = puts();
    clock.now += 179_999;
    expect(await start().of('images')).toEqual(UNSETTLED);
    clock.now += 1;
    expect(await capabilities.of('images')).toEqual(ALL);
    expect(await start().of('images')).toEqual(ALL);
    expect(puts()).toBe(once);
  });

  it('is probed again after 30 days, and when somebody asks', async () => {
    const { clock, start, puts } = await open();
    const capabilities = start();
    await capabilities.probe('images');
    const once = puts();
    clock.now += 31 * DAY;
    expect(await capabilities.of('images')).toEqual(UNPROVEN);
    await vi.waitFor(async () => expect(await capabilities.of('images')).toEqual(UNSETTLED));
    expect(puts()).toBe(2 * once);
    await capabilities.probe('images');
    expect(puts()).toBe(3 * once);
  });

  it('is nothing, and not remembered, while the store does not answer; it is then asked once a minute', async () => {
    let isAway = true;
    let asked = 0;
    const { clock, documents, start } = await open((_, trials) => ({
      trials: {
        ...trials,
        put: (...args) => {
          asked += 1;
          return isAway ? refuse('ServiceUnavailable') : trials.put(...args);
        },
      },
    }));
    const capabilities = start();
    for (let count = 0; count < 5; count += 1) {
      expect(await capabilities.of('images')).toEqual(UNPROVEN);
      await new Promise(setImmediate);
    }
    expect(asked).toBe(1);
    expect((await documents.list(CAPABILITIES.name, { limit: 1 })).documents).toEqual([]);
    await expect(capabilities.probe('images')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    isAway = false;
    clock.now += 60_000;
    await capabilities.of('images');
    await vi.waitFor(async () => expect(await capabilities.of('images')).toEqual(UNSETTLED));
  });

  it.each(ODDITIES)(
    'is told by the check of a bucket on a store that %s, in both languages',
    async (_, odd, expected) => {
      const { store, start } = await open(odd);
      const results = await createBucketCheck(store, undefined, start())('images');
      const told = new Map(results.map((result) => [result.check, result]));
      for (const [name, isThere] of Object.entries(expected)) {
        if (isThere) expect(told.get(name)).toEqual({ check: name, ok: true });
        else {
          expect(told.get(name)?.advice?.zh).toMatch(/\p{Script=Han}/u);
          expect(told.get(name)?.advice?.en).toMatch(/[a-z]/);
        }
      }
      expect(results.every(({ ok }) => ok)).toBe(
        expected.conditionalWrite && expected.headDescription && expected.listing,
      );
    },
  );
});
