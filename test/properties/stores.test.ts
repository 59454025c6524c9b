import { isAbsolute, join, relative, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isKey } from '../../src/naming/key.ts';
import type { DocumentStore, JsonObject } from '../../src/ports/document-store.ts';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { createPathGate } from '../../src/stores/disk/path-gate.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';
import { decodeNames, encodeKey } from '../../src/stores/objects/file-system/key-path.ts';
import { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';
import { compareKeys } from '../../src/stores/objects/key-order.ts';
import { inByteOrder, listPages } from '../suites/object-store-listing.suite.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const character = fc.oneof(
  fc.constantFrom(
    ...'abAB01.-_^+%~ :*?"<>|\\',
    '图',
    '猫',
    'é',
    'É',
    'ß',
    'e\u0301',
    'я',
    'ё',
    'が',
    '\u3099',
    '가',
    '\u11a8',
    '🐱',
    '\u0001',
    '\uff5e',
    '\u{20000}',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const segment = fc.oneof(
  fc.array(character, { minLength: 1, maxLength: 8 }).map((characters) => characters.join('')),
  fc.tuple(character, fc.integer({ min: 1, max: 500 })).map(([one, count]) => one.repeat(count)),
  fc.constantFrom('con', 'nul.txt', 'com1', 'lpt9.a.b', 'aux.', '...', '.a', 'a.', '%2e', '^', '^+', 'a^', '^a'),
);
const key = fc
  .array(segment, { minLength: 1, maxLength: 6 })
  .map((segments) => segments.join('/'))
  .filter(isKey);
const anyText = fc.oneof(
  key,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('../a', 'a/../../b', '/etc/passwd', '..', '.', 'C:\\a'),
);

/** Reads a key back from its file names. */
function decodeKey(names: readonly string[]): string {
  const segments: string[] = [];
  let continued: string[] = [];
  for (const name of names) {
    continued.push(name);
    const found = decodeNames(continued);
    if (found?.kind === 'continued') continue;
    segments.push(found?.segment ?? '');
    continued = [];
  }
  return segments.join('/');
}

describe('keys as paths', () => {
  it('are read back as they were', () => {
    fc.assert(
      fc.property(key, (text) => decodeKey(encodeKey(text)) === text),
      { numRuns: 5000 },
    );
  });

  it('are different where keys are, also for a file system that ignores case and composition', () => {
    const fold = (names: readonly string[]): string => names.join('/').normalize('NFD').toUpperCase().toLowerCase();
    const change = fc.constantFrom<((text: string) => string)[]>(
      (text) => text.toUpperCase(),
      (text) => text.toLowerCase(),
      (text) => text.normalize('NFC'),
      (text) => text.normalize('NFD'),
      (text) => text.replaceAll('a', 'A'),
      (text) => text.replaceAll('%', '%25'),
      (text) => `${text}^`,
      (text) => text.slice(1),
    );
    fc.assert(
      fc.property(key, change, (one, changeText) => {
        const two = changeText(one);
        return one === two || !isKey(two) || fold(encodeKey(one)) !== fold(encodeKey(two));
      }),
      { numRuns: 5000 },
    );
  });

  it('are names that any file system takes', () => {
    const suits = (name: string): boolean =>
      Buffer.byteLength(name) <= 255 &&
      !/[\\:*?"<>|\p{Cc}/]|[. ]$/u.test(name) &&
      !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name.replace(/\^\+?$/, ''));
    fc.assert(
      fc.property(key, (text) => encodeKey(text).every(suits)),
      { numRuns: 5000 },
    );
  });

  it('never lead out of the root', () => {
    const gate = createPathGate('/base/of/it');
    const isInside = (path: string): boolean => {
      const way = relative('/base/of/it', path);
      return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
    };
    const leadsInsideOrNowhere = (names: () => readonly string[]): boolean => {
      try {
        return isInside(gate('bucket', ...names()));
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'InvalidArgument';
      }
    };
    fc.assert(
      fc.property(anyText, (text) => leadsInsideOrNowhere(() => encodeKey(text))),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(fc.array(anyText), (names) => leadsInsideOrNowhere(() => names)),
      { numRuns: 5000 },
    );
  });

  it('are read from any names without an error', () => {
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'%^+ab2e.') }));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
        const found = decodeNames(names);
        return found === undefined || found.segment.length > 0;
      }),
      { numRuns: 5000 },
    );
  });

  it('are compared as their UTF-8 bytes are', () => {
    fc.assert(
      fc.property(key, key, (one, two) => {
        const bytes = Buffer.compare(Buffer.from(one), Buffer.from(two));
        return Math.sign(compareKeys(one, two)) === bytes;
      }),
      { numRuns: 5000 },
    );
  });
});

describe('an object store against a sorted list', () => {
  let folder: TempFolder;
  let store: ObjectStore;
  let count = 0;

  beforeAll(async () => {
    folder = await makeTempFolder();
    store = createFileObjectStore({ folder: folder.path, now: () => new Date(), signing: { key: Buffer.alloc(32) } });
  });
  afterAll(() => folder.remove());

  const fewSegments = fc.oneof(fc.constantFrom('a', 'A', 'a-b', 'a.', 'b', '图'), segment);
  const relatedKey = fc
    .array(fewSegments, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/'))
    .filter(isKey);
  const prefixOf = (keys: readonly string[]) =>
    fc.oneof(
      fc.constant(''),
      fc
        .constantFrom(...keys)
        .chain((text) => fc.nat(text.length).map((length) => text.slice(0, length).toWellFormed())),
    );
  const scenario = fc.uniqueArray(relatedKey, { minLength: 1, maxLength: 12 }).chain((keys) =>
    fc.record({
      keys: fc.constant(keys),
      removed: fc.subarray(keys),
      prefix: prefixOf(keys),
      limit: fc.integer({ min: 1, max: 6 }),
      delimited: fc.boolean(),
    }),
  );

  const expectedOf = (keys: readonly string[], prefix: string, delimited: boolean): readonly string[] => {
    const rolledUp = keys
      .filter((text) => text.startsWith(prefix))
      .map((text) => {
        const end = delimited ? text.indexOf('/', prefix.length) : -1;
        return end < 0 ? text : text.slice(0, end + 1);
      });
    return inByteOrder([...new Set(rolledUp)]);
  };

  it('lists the same keys and prefixes in the same order, whatever prefix, delimiter and page size', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ keys, removed, prefix, limit, delimited }) => {
        count += 1;
        const bucket = `model-${count}`;
        await store.makeBucket(bucket);
        await Promise.all(keys.map((text) => store.put(bucket, text, Buffer.from(text), { contentType: 'image/png' })));
        await store.removeMany(bucket, removed);
        const left = keys.filter((text) => !removed.includes(text));
        const wanted = { prefix, ...(delimited && { delimiter: '/' as const }) };
        const pages = await listPages({ store, bucket }, wanted, limit);
        for (const { objects, prefixes } of pages) {
          expect(objects.length + prefixes.length).toBeLessThanOrEqual(limit);
          expect(prefixes).toEqual(inByteOrder(prefixes));
          const keys = objects.map((object) => object.key);
          expect(keys).toEqual(inByteOrder(keys));
        }
        const listed = pages.flatMap(({ objects, prefixes }) =>
          inByteOrder([...objects.map((object) => object.key), ...prefixes]),
        );
        expect(listed).toEqual(expectedOf(left, prefix, delimited));
        await store.removeMany(bucket, left);
        await store.removeBucket(bucket);
      }),
      { numRuns: 150 },
    );
  });
});

interface Model {
  readonly documents: Map<string, { doc: JsonObject; revision: string }>;
  readonly counters: Map<string, { value: number; expiresAt: number }>;
  time: number;
}

interface Real {
  readonly store: DocumentStore;
  readonly moveTo: (time: number) => void;
}

type Command = fc.AsyncCommand<Model, Real>;

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const create = (id: string, doc: JsonObject): Command =>
  command(`create(${id})`, async (model, { store }) => {
    expect(await store.create('docs', id, doc)).toBe(!model.documents.has(id));
    if (!model.documents.has(id))
      model.documents.set(id, { doc, revision: (await store.read('docs', id))?.revision ?? '' });
  });

const read = (id: string): Command =>
  command(`read(${id})`, async (model, { store }) => {
    expect(await store.read('docs', id)).toEqual(model.documents.get(id));
  });

const replace = (id: string, doc: JsonObject, isCurrent: boolean): Command =>
  command(`replace(${id}, ${isCurrent})`, async (model, { store }) => {
    const known = model.documents.get(id);
    const replaced = await store.replace('docs', id, doc, isCurrent ? (known?.revision ?? 'none') : 'old');
    expect(replaced).toBe(isCurrent && known !== undefined);
    if (!replaced) return;
    const revision = (await store.read('docs', id))?.revision ?? '';
    expect(revision).not.toBe(known?.revision);
    model.documents.set(id, { doc, revision });
  });

const remove = (id: string): Command =>
  command(`remove(${id})`, async (model, { store }) => {
    await store.remove('docs', id);
    model.documents.delete(id);
  });

const list = (limit: number): Command =>
  command(`list(${limit})`, async (model, { store }) => {
    const found = new Map<string, { doc: JsonObject; revision: string }>();
    let after: string | undefined;
    do {
      const page = await store.list('docs', { limit, ...(after !== undefined && { after }) });
      expect(page.documents.length).toBeLessThanOrEqual(limit);
      for (const { id, doc, revision } of page.documents) found.set(id, { doc, revision });
      after = page.after;
    } while (after !== undefined);
    expect(new Map([...found].sort())).toEqual(new Map([...model.documents].sort()));
  });

const increment = (id: string, by: number, expiresInSeconds: number): Command =>
  command(`increment(${id}, ${by}, ${expiresInSeconds})`, async (model, { store }) => {
    const known = model.counters.get(id);
    const isRunning = known !== undefined && known.expiresAt > model.time;
    const next = {
      value: (isRunning ? known.value : 0) + by,
      expiresAt: isRunning ? known.expiresAt : model.time + expiresInSeconds * 1000,
    };
    const { value, expiresAt } = await store.increment('counters', id, { by, expiresInSeconds });
    expect({ value, expiresAt: expiresAt.getTime() }).toEqual(next);
    model.counters.set(id, next);
  });

const pass = (seconds: number): Command =>
  command(`pass(${seconds})`, async (model, { moveTo }) => {
    model.time += seconds * 1000;
    moveTo(model.time);
  });

describe('a document store against a map', () => {
  let folder: TempFolder;
  let count = 0;

  beforeAll(async () => {
    folder = await makeTempFolder();
  });
  afterAll(() => folder.remove());

  it('gives the same answers to any sequence of calls', async () => {
    const id = fc.constantFrom('a', 'b', 'c', '-', 'x'.repeat(128));
    const doc = fc
      .dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false }))
      .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
    const commands = fc.commands(
      [
        fc.tuple(id, doc).map(([one, value]) => create(one, value)),
        id.map(read),
        fc.tuple(id, doc, fc.boolean()).map(([one, value, isCurrent]) => replace(one, value, isCurrent)),
        id.map(remove),
        fc.integer({ min: 1, max: 3 }).map(list),
        fc
          .tuple(id, fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 5 }))
          .map(([one, by, seconds]) => increment(one, by, seconds)),
        fc.integer({ min: 1, max: 6 }).map(pass),
      ],
      { maxCommands: 30 },
    );
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        count += 1;
        const start = Date.UTC(2026, 0, 1);
        let time = start;
        const store = createFileDocumentStore({ folder: join(folder.path, String(count)), now: () => new Date(time) });
        const moveTo = (to: number): void => {
          time = to;
        };
        const setup = () => ({
          model: { documents: new Map(), counters: new Map(), time: start },
          real: { store, moveTo },
        });
        await fc.asyncModelRun(setup, sequence);
      }),
      { numRuns: 100 },
    );
  });
});
