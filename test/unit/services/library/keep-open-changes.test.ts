import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { DocumentStore } from '../../../../src/ports/document-store.ts';
import { createOpenChanges } from '../../../../src/services/library/keep-open-changes.ts';
import { OPEN_CHANGES } from '../../../../src/services/library/record-collections.ts';
import type { OpenChanges } from '../../../../src/services/objects/open-changes.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';

const now = (): Date => new Date('2026-01-01T00:00:00Z');
const place = (number: number) => ({ bucketName: 'images', objectName: `${number}.png` });
const NUMBERS = Array.from({ length: 16 }, (_, index) => index);
const refusal = new AppError('AccessDenied', { zh: '不行', en: 'no' });

let documents: DocumentStore;
let changes: OpenChanges;
let written: number;
beforeEach(() => {
  documents = createMemoryDocumentStore(now);
  written = 0;
  const counted: DocumentStore = {
    ...documents,
    create: (collection, id, doc) => {
      written += 1;
      return documents.create(collection, id, doc);
    },
  };
  changes = createOpenChanges(counted, now);
});

const noted = async (): Promise<readonly unknown[]> => {
  const { documents: notes } = await documents.list(OPEN_CHANGES.name, { limit: 100 });
  return notes.flatMap(({ doc }) => doc['places']);
};

describe('open changes', () => {
  it('are noted before they are made, those of one moment together, and forgotten with the last of them', async () => {
    let isOver = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    const seen = await Promise.all(
      NUMBERS.map(async (number) => {
        let atOnce: readonly unknown[] = [];
        const running = changes.during(async (mark) => {
          await mark(place(number));
          atOnce = await noted();
          if (number === 15) await slow;
        });
        if (number < 15) await running;
        return { running, number, atOnce };
      }),
    );
    for (const { number, atOnce } of seen.slice(0, 15)) expect(atOnce).toContainEqual(place(number));
    expect(written).toBeLessThan(4);
    expect(await noted()).toContainEqual(place(15));
    isOver();
    await seen[15]?.running;
    expect(await noted()).toEqual([]);
  });

  it.each([
    ['one is doubted', async () => changes.doubt(place(3))],
    ['the end of one is not known', () => Promise.reject(new Error('the line is cut'))],
  ])('stay noted together where %s', async (_, end) => {
    await Promise.allSettled(
      NUMBERS.map((number) =>
        changes.during(async (mark) => {
          await mark(place(number));
          if (number === 3) await end();
        }),
      ),
    );
    expect(await noted()).toContainEqual(place(3));
  });

  it('are forgotten where they were refused', async () => {
    const refused = changes.during(async (mark) => {
      await mark(place(1));
      throw refusal;
    });
    await expect(refused).rejects.toBe(refusal);
    expect(await noted()).toEqual([]);
  });
});
