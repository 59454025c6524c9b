import { expect, it } from 'vitest';
import { BUCKET, createImage, createMemoryBed } from '../../../support/memory/bed.ts';

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });

/** Each on a bed with the images `a.png` and `b.png`, and what it asks the store for. */
const OPERATIONS: readonly (readonly [string, Readonly<Record<'holding' | 'not holding', string>>, Operation])[] = [
  ['a new image', { holding: 'put', 'not holding': 'head put' }, (bed, caller) => bed.put(caller, at('new.png'))],
  [
    'an overwritten image of one’s own',
    { holding: 'head put', 'not holding': 'head put' },
    (bed, caller) => bed.put(caller, at('a.png'), createImage({ bytes: Buffer.from('over') })),
  ],
  [
    'a copy',
    { holding: 'head copy', 'not holding': 'head head copy' },
    (bed, caller) => bed.objects.copy(caller, at('a.png'), at('c.png')),
  ],
  [
    'a copy onto another',
    { holding: 'head head copy', 'not holding': 'head head copy' },
    (bed, caller) => bed.objects.copy(caller, at('a.png'), at('b.png')),
  ],
  [
    'a move',
    { holding: 'head copy remove', 'not holding': 'head head copy head remove' },
    (bed, caller) => bed.objects.move(caller, at('a.png'), at('c.png')),
  ],
  [
    'a removal',
    { holding: 'head remove', 'not holding': 'head remove' },
    (bed, caller) => bed.objects.remove(caller, BUCKET, 'a.png'),
  ],
  [
    'a removal of two',
    { holding: 'head head removeMany removeMany', 'not holding': 'head head removeMany removeMany' },
    (bed, caller) => bed.objects.removeMany(caller, BUCKET, ['a.png', 'b.png']),
  ],
  [
    'a removal by link',
    { holding: 'head remove', 'not holding': 'head head remove' },
    async (bed, _caller, token) => bed.deleteCapabilities.redeemAll([token]),
  ],
];

type Bed = Awaited<ReturnType<typeof createMemoryBed>>;
type Operation = (bed: Bed, caller: Parameters<Bed['put']>[0], token: string) => Promise<unknown>;

const rows = OPERATIONS.flatMap(([name, expected, operation]) =>
  ([true, false] as const).map((conditional) => {
    const kind = conditional ? 'holding' : 'not holding';
    return [name, kind, conditional, expected[kind], operation] as const;
  }),
);

it.each(rows)('%s costs a store %s conditions few requests', async (_name, _kind, conditional, expected, operation) => {
  const bed = await createMemoryBed({ conditional });
  const { caller } = await bed.person();
  await bed.put(caller, at('b.png'));
  const placed = await bed.put(caller, at('a.png'));
  const token = bed.deleteCapabilities.issue({ ...at('a.png'), ...placed });
  const asked: string[] = [];
  bed.store.hooks.before = ({ method }) => void asked.push(method);
  await operation(bed, caller, token);
  expect(asked.join(' ')).toBe(expected);
});

it('B20 an announced upload costs a look at its name, and one at its bucket a minute', async () => {
  const bed = await createMemoryBed();
  const { caller } = await bed.person();
  const announce = () =>
    bed.directUploads.presign(caller, { ...at('new.png'), contentType: 'image/png', size: 9 }, 600, 'http://127.0.0.1');
  const asked: string[] = [];
  bed.store.hooks.before = ({ method }) => void asked.push(method);
  for (const wait of [0, 0, 60_000]) {
    bed.clock.now += wait;
    await announce();
  }
  expect(asked).toEqual(['bucketExists', 'head', 'head', 'bucketExists', 'head']);
});

/** What is only looked at, on a store that serves presigned addresses itself. */
const LOOKS: readonly (readonly [string, string, (...args: Look) => Promise<unknown>])[] = [
  ['a look at an image', 'head', (bed, caller) => bed.reader.stat(caller, BUCKET, 'a.png')],
  ['an image read whole', 'get', (bed, caller) => bed.reader.read(caller, BUCKET, 'a.png')],
  ['an image by its link', 'get', (bed, caller) => bed.reader.openLink(caller, { ...at('a.png'), withBody: true })],
  [
    'an image that the client has already',
    'get',
    (bed, caller, etag) => bed.reader.openLink(caller, { ...at('a.png'), withBody: true, unlessEtag: etag }),
  ],
  [
    'an address that shows an image',
    'head',
    (bed, caller) => bed.reader.presignGet(caller, at('a.png'), { expiresInSeconds: 60, mountUrl: '' }),
  ],
  [
    'a page of a listing',
    'list',
    (bed, caller) =>
      bed.reader.list(caller, { bucketName: BUCKET, prefix: '', pageSize: 10, continuationToken: '', recursive: true }),
  ],
];

type Look = [bed: Bed, caller: Parameters<Bed['put']>[0], etag: string];

it.each(LOOKS)('%s costs a store one request', async (_name, expected, look) => {
  const bed = await createMemoryBed({ isForeign: true });
  const { caller } = await bed.person();
  const { etag } = await bed.put(caller, at('a.png'));
  const asked: string[] = [];
  bed.store.hooks.before = ({ method }) => void asked.push(method);
  await look(bed, caller, etag);
  expect(asked.join(' ')).toBe(expected);
});

it('B20 an upload past the service costs what S3 wants of it, and its commit a look, a copy and a removal', async () => {
  const bed = await createMemoryBed({ isForeign: true, takesAnything: true });
  const { caller } = await bed.person();
  const asked: string[] = [];
  bed.store.hooks.before = ({ method }) => void asked.push(method);
  const spent = (): string => asked.splice(0).join(' ');
  const announce = (objectName: string) => ({ ...at(objectName), contentType: 'image/png', size: 9 });
  const bytes = Buffer.from('123456789');

  const { uploadId } = await bed.directUploads.createMultipart(caller, announce('parts.png'));
  expect(spent()).toBe('bucketExists head createMultipartUpload');
  await bed.directUploads.presignPart(caller, { uploadId, partNumber: 1, expiry: 60 }, '');
  expect(spent()).toBe('');
  const [upload] = await bed.store.listMultipartUploads(BUCKET);
  const { key = '', uploadId: storeUploadId = '' } = upload ?? {};
  const part = await bed.store.uploadPart(BUCKET, key, storeUploadId, 1, bytes);
  spent();
  await bed.directUploads.listParts(caller, uploadId);
  expect(spent()).toBe('listParts');
  await bed.directUploads.complete(caller, uploadId, [part], '');
  expect(spent()).toBe('head completeMultipartUpload get put remove');

  const given = await bed.directUploads.createMultipart(caller, announce('given-up.png'));
  spent();
  await bed.directUploads.abort(caller, given.uploadId);
  expect(spent()).toBe('abortMultipartUpload remove');
});
