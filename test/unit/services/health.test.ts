import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { createHealth } from '../../../src/services/health.ts';

const up = { kind: 'memory', ping: async () => undefined };
const down = { kind: 's3', ping: () => Promise.reject(new Error('a secret of the store')) };
const silent = { kind: 'cloudbase', ping: () => new Promise<void>(() => {}) };

const config = {
  registration: 'invite',
  bed: 'shared',
  defaultBucket: 'images',
  passwordMinLength: 8,
  maxUploadBytes: 9,
  trashDays: 30,
  imageLimits: { maxPixels: 8, maxSide: 7, maxFrames: 6, svg: false },
} as const;
const given = {
  version: '1.2.3',
  config,
  documents: up,
  objects: up,
  library: true,
  isFirst: async () => false,
  variants: async () => 'sharp' as const,
  converter: async () => ({ formats: new Set(['heic', 'bmp'] as const) }),
} as const;

afterEach(() => {
  vi.useRealTimers();
});

describe('the health check', () => {
  it.each([
    ['both answer', up, up, 'up', 'up', 'up'],
    ['documents fail', down, up, 'down', 'down', 'up'],
    ['objects fail', up, down, 'down', 'up', 'down'],
    ['both fail', down, down, 'down', 'down', 'down'],
  ])('says what it found when %s', async (_, documents, objects, state, ofDocuments, ofObjects) => {
    expect(await createHealth({ ...given, documents, objects })()).toEqual({
      state,
      bed: {
        ...{ registration: 'invite', access: 'shared', defaultBucket: 'images', passwordMinLength: 8 },
        ...{ library: true, trashDays: 30 },
        images: {
          ...{ maxBytes: 9, maxPixels: 8, maxSide: 7, maxFrames: 6 },
          contentTypes: ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'],
          converts: ['heic', 'bmp'],
          variants: 'sharp',
        },
      },
      versions: { imagepic: '1.2.3', node: process.versions.node },
      stores: {
        documents: { kind: documents.kind, state: ofDocuments },
        objects: { kind: objects.kind, state: ofObjects },
      },
    });
  });

  it('has a trash only where it keeps records', async () => {
    expect((await createHealth({ ...given, library: false })()).bed).toMatchObject({ library: false, trashDays: 0 });
  });

  it('says no more of a failure than that it is there', async () => {
    expect(JSON.stringify(await createHealth({ ...given, documents: down, objects: down })())).not.toContain('secret');
  });

  it('says in the language of who asks what a store has to say of itself', async () => {
    const text = { zh: '数据库不可信', en: 'The database cannot be relied upon' };
    const refused = { kind: 'mongodb', ping: () => Promise.reject(new AppError('ServiceUnavailable', text)) };
    const health = createHealth({ ...given, documents: refused });
    expect((await health()).stores).toEqual({
      documents: { kind: 'mongodb', state: 'down', problem: text.zh },
      objects: { kind: 'memory', state: 'up' },
    });
    expect((await health('en')).stores.documents.problem).toBe(text.en);
  });

  it('waits for both at once, two seconds and no longer', async () => {
    vi.useFakeTimers();
    let report: unknown;
    void createHealth({ ...given, documents: silent, objects: silent, isFirst: () => new Promise(() => {}) })().then(
      (found) => {
        report = found;
      },
    );
    await vi.advanceTimersByTimeAsync(1999);
    expect(report).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(report).toMatchObject({
      state: 'down',
      stores: { documents: { state: 'down' }, objects: { state: 'down' } },
    });
  });

  it.each([
    ['that whoever comes first will be the admin', async () => true, 'first'],
    ['who may come where it cannot tell', () => Promise.reject(new Error('away')), 'invite'],
  ])('says %s', async (_, isFirst, registration) => {
    const report = await createHealth({ ...given, isFirst })();
    expect(report.bed.registration).toBe(registration);
  });

  it('names SVG only where it is taken', async () => {
    const svg = { ...config, imageLimits: { ...config.imageLimits, svg: true } };
    expect((await createHealth({ ...given, config: svg })()).bed.images.contentTypes).toContain('image/svg+xml');
  });

  it('invites nobody to be the first where the documents are away', async () => {
    const report = await createHealth({ ...given, documents: down, isFirst: async () => true })();
    expect(report.bed.registration).toBe('invite');
  });

  it('looks again each time', async () => {
    let pings = 0;
    const ping = async (): Promise<void> => {
      pings += 1;
    };
    const counted = { kind: 'memory', ping };
    const health = createHealth({ ...given, documents: counted, objects: counted });
    await health();
    await health();
    expect(pings).toBe(4);
  });
});
