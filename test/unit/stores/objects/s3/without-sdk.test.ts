import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { PNG, useScriptedStore } from '../../../../support/scripted-store.ts';

vi.mock('@aws-sdk/client-s3', () => {
  throw new Error('The SDK was loaded');
});
const wire = useScriptedStore();

it('finds a bucket, stores, reads, looks at and removes an object without loading the SDK', async () => {
  const store = wire.open();
  expect(await store.bucketExists('images')).toBe(false);
  wire.reply = () => ({ headers: { etag: '"e"' } });
  expect(await store.bucketExists('images')).toBe(true);
  expect(await store.put('images', 'a.png', Buffer.from('a'), PNG)).toEqual({ etag: 'e' });
  const headers = { etag: '"e"', 'last-modified': 'Fri, 20 Nov 2026 10:00:00 GMT' };
  wire.reply = ({ method }) => (method === 'DELETE' ? { status: 204 } : { headers, body: 'a' });
  expect(await store.head('images', 'a.png')).toMatchObject({ size: 1, etag: 'e' });
  const opened = await store.get('images', 'a.png');
  expect(opened && (await text(opened.body))).toBe('a');
  expect(await store.remove('images', 'a.png')).toBe('removed');
  await expect(store.listBuckets()).rejects.toThrow();
});
