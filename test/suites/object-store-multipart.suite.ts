import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/ports/object-store.ts';
import type { Subject } from './object-store.suite.ts';
import { makeBytes, readAll, streamOf } from './object-store-objects.suite.ts';

const OPTIONS = { contentType: 'image/png', metadata: { owner: 'u_1' } };

/** States what every object store promises about uploads in parts. */
export function describeMultipartUploads(
  subject: () => Subject,
  { minPartSize, partsMayBeLeftOut }: { readonly minPartSize: number; readonly partsMayBeLeftOut: boolean },
): void {
  const first = makeBytes(minPartSize, 1);
  const second = makeBytes(minPartSize + 1, 2);
  const last = makeBytes(1000, 3);
  const begin = async (key: string) => {
    const { store, bucket } = subject();
    const uploadId = await store.createMultipartUpload(bucket, key, OPTIONS);
    const send = (partNumber: number, bytes: Buffer) => store.uploadPart(bucket, key, uploadId, partNumber, bytes);
    const complete = (parts: readonly Part[]) => store.completeMultipartUpload(bucket, key, uploadId, parts);
    return { store, bucket, uploadId, send, complete };
  };

  describe('multipart uploads', () => {
    it('make one object out of parts sent in any order', async () => {
      const key = '大图/three parts.png';
      const { store, bucket, uploadId, send, complete } = await begin(key);
      const third = await store.uploadPart(bucket, key, uploadId, 30, streamOf(last));
      const parts = [await send(1, first), await send(2, second), third];
      expect(await store.head(bucket, key)).toBeUndefined();
      const { etag } = await complete(parts);
      const opened = await store.get(bucket, key);
      expect((await readAll(opened)).equals(Buffer.concat([first, second, last]))).toBe(true);
      expect(opened?.object).toMatchObject({ key, etag, ...OPTIONS });
      expect(etag).toMatch(/-3$/);
      expect((await store.listMultipartUploads(bucket)).map((upload) => upload.uploadId)).not.toContain(uploadId);
      const range = { start: first.byteLength - 2, end: first.byteLength + 1 };
      const across = await readAll(await store.get(bucket, key, { range }));
      expect(across).toEqual(Buffer.concat([first.subarray(-2), second.subarray(0, 2)]));
      await store.remove(bucket, key);
    });

    it('take one part however small, under any number', async () => {
      const { store, bucket, send, complete } = await begin('one-part');
      const part = await send(7, last);
      await complete([part]);
      expect((await readAll(await store.get(bucket, 'one-part'))).equals(last)).toBe(true);
    });

    if (partsMayBeLeftOut) {
      it('leave out parts that are not named', async () => {
        const { store, bucket, send, complete } = await begin('left-out');
        await send(1, first);
        const part = await send(2, last);
        await complete([part]);
        expect((await readAll(await store.get(bucket, 'left-out'))).equals(last)).toBe(true);
      });
    }

    it('keep the last of the parts sent under one number', async () => {
      const { store, bucket, uploadId, send, complete } = await begin('resent');
      const replaced = await send(1, first);
      const kept = await send(1, last);
      expect(await store.listParts(bucket, 'resent', uploadId)).toEqual([{ ...kept, size: last.byteLength }]);
      await expect(complete([replaced])).rejects.toMatchObject({ code: 'InvalidArgument' });
      await complete([kept]);
      expect((await readAll(await store.get(bucket, 'resent'))).equals(last)).toBe(true);
    });

    it('replace an object only when they are completed', async () => {
      const { store, bucket, send, complete } = await begin('replaced');
      await store.put(bucket, 'replaced', Buffer.from('old'), { contentType: 'image/gif' });
      const part = await send(1, last);
      expect((await readAll(await store.get(bucket, 'replaced'))).toString()).toBe('old');
      await complete([part]);
      expect((await store.head(bucket, 'replaced'))?.contentType).toBe('image/png');
    });

    it('list their parts by number', async () => {
      const { store, bucket, uploadId, send } = await begin('listed');
      expect(await store.listParts(bucket, 'listed', uploadId)).toEqual([]);
      const ten = await send(10, last);
      const two = await send(2, first);
      const nine = await send(9, last);
      expect(await store.listParts(bucket, 'listed', uploadId)).toEqual([
        { ...two, size: first.byteLength },
        { ...nine, size: last.byteLength },
        { ...ten, size: last.byteLength },
      ]);
      await store.abortMultipartUpload(bucket, 'listed', uploadId);
    });

    it('are listed while they are open', async () => {
      const { store, bucket, uploadId } = await begin('open/一.png');
      const again = await store.createMultipartUpload(bucket, 'open/一.png', OPTIONS);
      const open = (await store.listMultipartUploads(bucket)).filter(({ key }) => key === 'open/一.png');
      expect(open.map((upload) => upload.uploadId).sort()).toEqual([uploadId, again].sort());
      expect(Math.abs((open[0]?.initiated.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(await store.head(bucket, 'open/一.png')).toBeUndefined();
      for (const id of [uploadId, again]) await store.abortMultipartUpload(bucket, 'open/一.png', id);
    });

    it.each<[string, (one: Part, two: Part) => readonly Part[]]>([
      ['no parts', () => []],
      ['a wrong etag', (one) => [{ ...one, etag: '0'.repeat(32) }]],
      ['a part that was never sent', (one) => [one, { partNumber: 3, etag: one.etag }]],
      ['parts out of order', (one, two) => [two, one]],
      ['a part named twice', (one) => [one, one]],
    ])('refuse %s and stay open', async (_, choose) => {
      const { store, bucket, uploadId, send, complete } = await begin('refused');
      const [one, two] = [await send(1, first), await send(2, second)];
      await expect(complete(choose(one, two))).rejects.toMatchObject({ code: 'InvalidArgument' });
      expect(await store.head(bucket, 'refused')).toBeUndefined();
      expect(await store.listParts(bucket, 'refused', uploadId)).toHaveLength(2);
      await store.abortMultipartUpload(bucket, 'refused', uploadId);
    });

    it('refuse a part that is too small unless it is the last', async () => {
      const { store, bucket, uploadId, send, complete } = await begin('small');
      const parts = [await send(1, last), await send(2, last)];
      await expect(complete(parts)).rejects.toMatchObject({ code: 'InvalidArgument' });
      await store.abortMultipartUpload(bucket, 'small', uploadId);
    });

    it('are forgotten when aborted, and aborting again is no error', async () => {
      const { store, bucket, uploadId, send, complete } = await begin('aborted-upload');
      const part = await send(1, last);
      await store.abortMultipartUpload(bucket, 'aborted-upload', uploadId);
      await store.abortMultipartUpload(bucket, 'aborted-upload', uploadId);
      expect((await store.listMultipartUploads(bucket)).map((upload) => upload.uploadId)).not.toContain(uploadId);
      await expect(send(2, last)).rejects.toMatchObject({ code: 'NoSuchUpload' });
      await expect(complete([part])).rejects.toMatchObject({ code: 'NoSuchUpload' });
      await expect(store.listParts(bucket, 'aborted-upload', uploadId)).rejects.toMatchObject({ code: 'NoSuchUpload' });
      expect(await store.head(bucket, 'aborted-upload')).toBeUndefined();
    });

    it('leave nothing of a part whose source fails', async () => {
      const { store, bucket, uploadId } = await begin('failing');
      const failing = {
        size: 2000,
        async *open() {
          yield makeBytes(1000, 1);
          throw new Error('The line went dead');
        },
      };
      await expect(store.uploadPart(bucket, 'failing', uploadId, 1, failing)).rejects.toThrow();
      expect(await store.listParts(bucket, 'failing', uploadId)).toEqual([]);
      await store.abortMultipartUpload(bucket, 'failing', uploadId);
    });
  });
}
