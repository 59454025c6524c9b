import { beforeEach, describe, expect, it } from 'vitest';
import { type AddToCounter, COUNTERS, openCounters } from '../../../src/services/counters.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from '../../support/memory/document-store.ts';

const START = Date.UTC(2026, 0, 2);
let clock: number;
let documents: MemoryDocumentStore;
let add: AddToCounter;
beforeEach(() => {
  clock = START;
  documents = createMemoryDocumentStore(() => new Date(clock));
  add = openCounters(documents);
});

describe('a counter', () => {
  it('adds up, and keeps the expiry that it began with', async () => {
    expect(await add('a', 1, 60)).toEqual({ value: 1, expiresAt: new Date(START + 60_000) });
    clock += 30_000;
    expect(await add('a', 2, 60)).toEqual({ value: 3, expiresAt: new Date(START + 60_000) });
    expect(await add('a', -1, 3600)).toEqual({ value: 2, expiresAt: new Date(START + 60_000) });
  });

  it.each([
    [59_999, 2, START + 60_000],
    [60_000, 1, START + 120_000],
    [60_001, 1, START + 120_001],
  ])('after %i ms is at %i', async (milliseconds, value, expiresAt) => {
    await add('a', 1, 60);
    clock += milliseconds;
    expect(await add('a', 1, 60)).toEqual({ value, expiresAt: new Date(expiresAt) });
  });

  it('counts for itself, and for all instances', async () => {
    const other = openCounters(documents);
    await Promise.all([add('a', 1, 60), other('a', 1, 60), add('b', 5, 60)]);
    expect([(await add('a', 0, 60)).value, (await add('b', 0, 60)).value]).toEqual([2, 5]);
  });

  it('is stored where the sweep looks for it', async () => {
    await add('a', 1, 60);
    expect([...documents.texts().keys()]).toEqual([`${COUNTERS.name}/a`]);
  });

  it.each([
    [59_999, false],
    [60_000, true],
    [60_001, true],
  ])('after %i ms is swept: %s', async (milliseconds, goes) => {
    await add('a', 1, 60);
    const doc = JSON.parse(documents.texts().get('counters/a') ?? '{}');
    expect(COUNTERS.expire('a', doc, new Date(START + milliseconds)) !== undefined).toBe(goes);
  });

  it('that is damaged stays', () => {
    expect(COUNTERS.expire('a', { value: 1 }, new Date(START * 2))).toBeUndefined();
  });
});
