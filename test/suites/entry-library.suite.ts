import { beforeAll, describe, expect, it } from 'vitest';
import type { Envelope } from '../../src/envelope.ts';
import { makePng } from '../support/png.ts';

/** What the walks through the library are made with: calls of whoever runs the bed, and calls of nobody. */
interface LibraryCalls {
  /** A call that has to succeed. */
  data(url: string, input: object): Promise<Record<string, unknown>>;
  callAsMember(url: string, input: object): Promise<Envelope<never>>;
  call(url: string, input: object): Promise<Envelope<never>>;
}

const IMAGE_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const NOBODYS = `01${'0'.repeat(24)}`;
const base64 = (side: number): string => makePng(side, side).toString('base64');
const place = (objectName: string) => ({ bucketName: 'images', objectName });

/** States what every entry answers of albums, shares, versions, the trash and figures. */
export function describeEntryLibrary({ data, callAsMember, call }: LibraryCalls): void {
  describe('the library', () => {
    // What was removed before is no part of the walks.
    beforeAll(async () => {
      expect(await data('image/emptyTrash', {})).toMatchObject({ isEmpty: true });
    });
    const put = async (objectName: string, side = 2): Promise<string> => {
      const { imageId } = await data('object/putObject', { ...place(objectName), base64: base64(side) });
      return String(imageId);
    };
    const removeAll = async (...names: readonly string[]): Promise<void> => {
      for (const name of names) await data('object/removeObject', { ...place(name), purge: true });
    };
    const idsOf = (found: unknown): readonly string[] =>
      (found as { readonly imageId: string }[]).map(({ imageId }) => imageId);

    it('walks an album from its images to their order, one of them by chance, and a share', async () => {
      const names = ['album/a.png', 'album/b.png', 'album/c.png'];
      const [a = '', b = '', c = ''] = [await put('album/a.png'), await put('album/b.png'), await put('album/c.png')];
      const { albumId } = await data('album/createAlbum', { name: '旅行', description: '2026' });
      expect(await data('album/addImages', { albumId, imageIds: [a, b, c] })).toEqual(
        [a, b, c].map((imageId) => ({ imageId, changed: true })),
      );
      expect(await data('album/reorder', { albumId, imageIds: [c], beforeId: a })).toMatchObject({
        ...{ albumId, name: '旅行', description: '2026', order: 'manual', random: false },
      });
      expect(idsOf((await data('image/search', { albumId }))['images'])).toEqual([c, a, b]);
      expect(await callAsMember('image/random', { albumId })).toMatchObject({ success: false });
      expect(await data('album/updateAlbum', { albumId, random: true })).toMatchObject({ random: true });
      expect([a, b, c]).toContain((await data('image/random', { albumId }))['imageId']);

      const shared = await data('album/share', { albumId, download: true });
      const { url, ...summary } = shared;
      expect(url).toMatch(/\/a\/[\w-]{56}$/);
      expect(summary).toEqual({
        ...{ shareId: expect.stringMatching(/^[0-9a-f]{16}$/), albumId, hasPassword: false, download: true },
        createdAt: expect.any(String),
      });
      expect(await data('album/listShares', {})).toEqual([summary]);
      expect(await data('album/unshare', { shareId: shared['shareId'] })).toEqual({});
      expect(await data('album/listShares', {})).toEqual([]);

      expect(await data('album/removeImages', { albumId, imageIds: [b] })).toEqual([{ imageId: b, changed: true }]);
      expect(await data('album/removeAlbum', { albumId })).toEqual({ finished: true });
      expect((await data('album/listAlbums', {}))['albums']).toEqual([]);
      await removeAll(...names);
    });

    it('shares an image until a day, behind a password, and no longer', async () => {
      const imageId = await put('shared.png');
      const shared = await data('image/share', { imageId, password: 'sunset 2026', expiresIn: 3600 });
      const { url, ...summary } = shared;
      expect(url).toMatch(/\/a\/[\w-]{56}$/);
      expect(summary).toMatchObject({ imageId, hasPassword: true, download: false, expiresAt: expect.any(String) });
      expect(await data('album/listShares', {})).toEqual([summary]);
      expect(await data('album/unshare', { shareId: shared['shareId'] })).toEqual({});
      expect(await data('album/listShares', {})).toEqual([]);
      await removeAll('shared.png');
    });

    it('walks an image to another picture, and back to what it was', async () => {
      const imageId = await put('versions.png', 2);
      const replaced = await data('image/replace', { imageId, base64: base64(3) });
      expect(replaced).toMatchObject({
        ...place('versions.png'),
        imageId,
        contentType: 'image/png',
        width: 3,
        height: 3,
      });
      const { versionId } = replaced;
      expect(versionId).toMatch(IMAGE_ID);
      expect(await data('image/listVersions', place('versions.png'))).toEqual([
        expect.objectContaining({ versionId, contentType: 'image/png', width: 2, height: 2 }),
      ]);
      const back = await data('image/rollBack', { imageId, versionId });
      expect(back).toMatchObject({ ...place('versions.png'), imageId, width: 2, height: 2, url: replaced['url'] });
      expect(await data('object/statObject', place('versions.png'))).toMatchObject({ imageId, width: 2 });
      expect(await data('image/listVersions', { imageId })).toEqual([expect.objectContaining({ width: 3 })]);
      expect(await callAsMember('image/rollBack', { imageId, versionId })).toMatchObject({ error: 'NoSuchKey' });
      await removeAll('versions.png');
      expect((await data('image/listTrash', {}))['images']).toEqual([]);
    });

    it('walks an image into the trash, out of it, and away for good', async () => {
      const imageId = await put('trash.png');
      await data('object/removeObject', place('trash.png'));
      const { images } = await data('image/listTrash', {});
      expect(images).toEqual([
        expect.objectContaining({ imageId, ...place('trash.png'), removedAt: expect.any(String) }),
      ]);
      const restored = await data('image/restore', { imageId, toObjectName: 'restored.png' });
      expect(restored).toMatchObject({ ...place('restored.png'), etag: expect.stringMatching(/^[0-9a-f]{32}$/) });
      expect(await data('object/statObject', place('restored.png'))).toMatchObject({ imageId });

      await data('object/removeObject', place('restored.png'));
      expect(await data('image/purge', { imageIds: [imageId, NOBODYS] })).toEqual([
        { imageId, purged: true },
        { imageId: NOBODYS, purged: false },
      ]);
      expect(await callAsMember('image/restore', { imageId })).toMatchObject({ error: 'NoSuchKey' });

      await put('trash.png');
      await data('object/removeObject', place('trash.png'));
      expect(await data('image/emptyTrash', {})).toEqual({ purged: 1, isEmpty: true });
      expect((await data('image/listTrash', {}))['images']).toEqual([]);
    });

    it('counts images, and gives the address of them all', async () => {
      const imageIds = [await put('counted/a.png', 2), await put('counted/b.png', 3)];
      const { ownerId } = await data('image/getImage', { imageId: imageIds[0] });
      const counted = await data('image/statistics', {});
      const amount = { images: 2, bytes: expect.any(Number) };
      expect(counted).toMatchObject({
        ...{ ...amount, types: [{ contentType: 'image/png', ...amount }] },
        ...{ owners: [{ ownerId, ...amount }], buckets: [{ bucketName: 'images', ...amount }] },
      });
      const { users } = await data('image/usage', {});
      expect(users).toContainEqual(expect.objectContaining({ userId: ownerId, images: 2, bytes: counted['bytes'] }));
      expect(await data('image/download', { imageIds })).toEqual({
        ...{ url: expect.stringMatching(/\/\w+\/[\w.-]+$/), expiresAt: expect.any(String), images: 2 },
        size: expect.any(Number),
      });
      await removeAll('counted/a.png', 'counted/b.png');
    });

    it.each([
      ['album/reorder', { albumId: 'a', imageIds: [NOBODYS] }],
      ['album/share', { albumId: 'a' }],
      ['image/share', { imageId: NOBODYS }],
      ['image/random', { albumId: 'a' }],
      ['image/replace', { imageId: NOBODYS, base64: base64(2) }],
      ['image/listVersions', { imageId: NOBODYS }],
      ['image/rollBack', { imageId: NOBODYS, versionId: NOBODYS }],
      ['image/statistics', {}],
      ['image/usage', {}],
      ['image/download', { imageIds: [NOBODYS] }],
      ['image/listTrash', {}],
      ['image/restore', { imageId: NOBODYS }],
      ['image/purge', { imageIds: [NOBODYS] }],
    ])('R5 lets nobody without a token to %s', async (url, input) => {
      expect(await call(url, input)).toMatchObject({ error: 'InvalidToken', msg: '未满足权限' });
    });
  });
}
