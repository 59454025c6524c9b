import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createBucketRules } from '../../../../src/services/buckets/bucket-rules.ts';
import { defineCollection, openCollection } from '../../../../src/services/collection.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';

const RULES = defineCollection({ name: 'r', schema: v.object({ a: v.number() }), retention: { kept: 'for the test' } });

function open() {
  const clock = { now: 0 };
  const now = () => new Date(clock.now);
  const documents = createMemoryDocumentStore(now);
  const create = () => createBucketRules(openCollection(documents, RULES), now);
  return { clock, rules: create(), others: create() };
}

describe('rules of buckets', () => {
  it('are each bucket’s own, whatever its name', async () => {
    const { rules } = open();

    await rules.set('a.b', { a: 1 });
    await rules.set('a-b', { a: 2 });

    expect([await rules.get('a.b'), await rules.get('a-b'), await rules.get('ab')]).toEqual([
      { a: 1 },
      { a: 2 },
      undefined,
    ]);
  });

  it('are recalled for five seconds, but for who changed them', async () => {
    const { clock, rules, others } = open();
    await rules.set('b', { a: 1 });
    await others.recall('b');

    await rules.set('b', { a: 2 });

    expect(await rules.recall('b')).toEqual({ a: 2 });
    expect(await others.recall('b')).toEqual({ a: 1 });
    clock.now += 5000;
    expect(await others.recall('b')).toEqual({ a: 2 });
    await rules.remove('b');
    expect(await rules.recall('b')).toBeUndefined();
  });
});
