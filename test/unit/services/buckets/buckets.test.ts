import { expect, it } from 'vitest';
import { createMemoryBed } from '../../../support/memory/bed.ts';

it('of more buckets than it remembers, whether one is public forgets the oldest and no other', async () => {
  const { buckets, documents } = await createMemoryBed();
  const asked: string[] = [];
  documents.hooks.before = ({ method, collection, id }) => {
    if (method === 'read' && collection === 'buckets') asked.push(id);
  };
  const names = Array.from({ length: 1001 }, (_, index) => `bucket-${index}`);
  for (const name of names) expect(await buckets.isPublic(name)).toBe(false);
  asked.length = 0;
  for (const name of [...names.slice(1), 'bucket-0']) await buckets.isPublic(name);
  expect(asked).toEqual(['bucket-0']);
});
