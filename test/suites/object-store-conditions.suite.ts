import { describe, expect, it } from 'vitest';
import type { Subject } from './object-store.suite.ts';
import { readAll } from './object-store-objects.suite.ts';

const PNG = { contentType: 'image/png' };

/** States what every object store promises about acting on what was looked at. */
export function describeConditions(subject: () => Subject): void {
  describe('B2 a condition on what was seen', () => {
    const key = 'seen/猫.png';
    const putSeen = async (metadata: Readonly<Record<string, string>>, text = 'the same bytes') => {
      const { store, bucket } = subject();
      await store.put(bucket, key, Buffer.from(text), { ...PNG, metadata });
      const seen = await store.head(bucket, key);
      if (seen === undefined) throw new Error('It was just put');
      return { store, bucket, seen };
    };
    const CHANGES: [string, Readonly<Record<string, string>> | undefined, string | undefined][] = [
      ['has other bytes', { owner: 'u_1' }, 'other bytes'],
      ['has the same bytes and another owner', { owner: 'u_2' }, undefined],
      ['is gone', undefined, undefined],
    ];
    const change = async (metadata: Readonly<Record<string, string>> | undefined, text?: string) => {
      const { store, bucket } = subject();
      if (metadata === undefined) await store.remove(bucket, key);
      else await putSeen(metadata, text);
      return store.head(bucket, key);
    };

    it('lets what is still there be replaced, and removed', async () => {
      const { store, bucket, seen } = await putSeen({ owner: 'u_1' });
      expect(await store.put(bucket, key, Buffer.from('new'), { ...PNG, ifMatch: seen })).toBeDefined();
      expect((await readAll(await store.get(bucket, key))).toString()).toBe('new');
      const now = await store.head(bucket, key);
      expect(now && (await store.remove(bucket, key, { ifMatch: now }))).toBe('removed');
      expect(now && (await store.remove(bucket, key, { ifMatch: now }))).toBe('absent');
      expect(await store.head(bucket, key)).toBeUndefined();
    });

    it.each(CHANGES)('does nothing to what %s', async (_, metadata, text) => {
      const { store, bucket, seen } = await putSeen({ owner: 'u_1' });
      const now = await change(metadata, text);
      const outcome = now === undefined ? 'absent' : 'changed';
      expect(await store.put(bucket, key, Buffer.from('new'), { ...PNG, ifMatch: seen })).toBeUndefined();
      expect(await store.remove(bucket, key, { ifMatch: seen })).toBe(outcome);
      expect(await store.removeMany(bucket, [key], { ifMatch: new Map([[key, seen]]) })).toMatchObject([
        { key, outcome },
      ]);
      await store.put(bucket, 'seen/source', Buffer.from('source'), PNG);
      const onto = store.copy({ bucket, key: 'seen/source' }, { bucket, key }, { ifMatch: seen });
      expect(await onto).toBeUndefined();
      expect(await store.head(bucket, key)).toEqual(now);
      const copying = store.copy({ bucket, key, ifMatch: seen }, { bucket, key: 'seen/copy' }, { ifNoneMatch: '*' });
      await expect(copying).rejects.toMatchObject({ code: 'NoSuchKey' });
      expect(await store.head(bucket, 'seen/copy')).toBeUndefined();
    });

    it('lets one of 20 that saw the same remove it, where the store holds that by itself', async () => {
      const { store, bucket, seen } = await putSeen({ owner: 'u_1' });
      if (!(await store.holds(bucket, 'remove', seen.size))) return;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => store.remove(bucket, key, { ifMatch: seen })),
      );
      expect(outcomes.filter((outcome) => outcome === 'removed')).toHaveLength(1);
    });

    it('lets one of 20 that saw the same replace it, where the store holds that by itself', async () => {
      const { store, bucket, seen } = await putSeen({ owner: 'u_1' });
      if (!(await store.holds(bucket, 'replace', seen.size))) return;
      const put = (_: unknown, writer: number) =>
        store.put(bucket, key, Buffer.from(`writer ${writer}`), { ...PNG, ifMatch: seen });
      const results = await Promise.all(Array.from({ length: 20 }, put));
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    });
  });
}
