import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Answer, useScriptedStore, xml } from '../../../../support/scripted-store.ts';

const DATE = 'Thu, 01 Jan 2026 00:00:00 GMT';
const WHOLE = { etag: '"e"', 'last-modified': DATE, 'content-type': 'image/png', 'x-amz-meta-image': 'i1' };
const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(WHOLE).filter(([name]) => !names.includes(name)));

describe('a store whose answers lack a member', () => {
  const wire = useScriptedStore();
  const answer = (headers: Answer['headers'] = {}) => {
    wire.reply = () => ({ headers, body: '7 bytes' });
  };
  const look = () => wire.open().head('images', 'a.png');
  const read = async () => {
    const opened = await wire.open().get('images', 'a.png');
    return opened && { object: opened.object, bytes: await text(opened.body) };
  };

  it.each<[string, Readonly<Record<string, string>>, Date]>([
    ['without a date', without('last-modified'), new Date(0)],
    ['with a date that is none', { ...WHOLE, 'last-modified': 'yesterday' }, new Date(0)],
    ['with a date in another form', { ...WHOLE, 'last-modified': '2026-01-01T08:00:00+08:00' }, new Date(DATE)],
    ['with a date without a zone', { ...WHOLE, 'last-modified': '2026-01-01 00:00:00' }, new Date(DATE)],
  ])('B11 has an object %s, which is shown', async (_, headers, lastModified) => {
    answer(headers);
    const object = { key: 'a.png', size: 7, etag: 'e', lastModified, metadata: { image: 'i1' } };
    expect(await look()).toMatchObject(object);
    expect(await read()).toMatchObject({ object, bytes: '7 bytes' });
  });

  it('B11 has an object without an etag, which gets one that is its own and changes with it', async () => {
    answer(without('etag'));
    const seen = await look();
    expect(seen?.etag).toMatch(/^[\da-f]{32}$/);
    expect((await read())?.object).toEqual(seen);
    for (const changed of [{ 'x-amz-meta-image': 'i2' }, { 'last-modified': 'Thu, 01 Jan 2026 00:00:01 GMT' }]) {
      answer({ ...without('etag'), ...changed });
      expect((await look())?.etag).not.toBe(seen?.etag);
    }
  });

  it.each([
    ['neither etag nor date', without('etag', 'last-modified')],
    ['no etag, and is a page', { ...without('etag'), 'content-type': 'text/html', 'x-amz-request-id': 'r' }],
  ])('has no object where what comes has %s', async (_, headers) => {
    answer(headers);
    for (const asking of [look(), read()]) await expect(asking).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('B11 says the length of an object when it is read, where it does not when it is looked at', async () => {
    wire.reply = ({ method }) =>
      method === 'HEAD' ? { headers: WHOLE, length: undefined } : { headers: WHOLE, body: '7 bytes' };
    expect(await look()).toMatchObject({ key: 'a.png', size: 7, etag: 'e' });
    expect(wire.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
    wire.reply = ({ method }) => (method === 'HEAD' ? { headers: WHOLE, length: undefined } : { status: 404 });
    expect(await look()).toBeUndefined();
  });

  it('B11 asks for one byte where neither says how long an object is, and reads all in pieces', async () => {
    const pieces = { headers: WHOLE, body: '7 bytes', length: undefined };
    wire.reply = ({ headers }) =>
      headers.range === 'bytes=0-0'
        ? { status: 206, headers: { ...WHOLE, 'content-range': 'bytes 0-0/7' }, body: '7', length: undefined }
        : pieces;
    expect(await look()).toMatchObject({ key: 'a.png', size: 7, etag: 'e' });
    expect(await read()).toMatchObject({ object: { size: 7 }, bytes: '7 bytes' });
    const asked = wire.seen.map(({ method, headers }) => `${method} ${headers.range ?? ''}`);
    expect(asked).toEqual(['HEAD ', 'GET bytes=0-0', 'GET ', 'HEAD ', 'GET bytes=0-0']);
    wire.reply = ({ headers }) =>
      headers.range === undefined ? pieces : { status: 206, headers: { ...WHOLE, 'content-range': 'bytes 0-0/*' } };
    await expect(look()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('B11 reads in pieces what HEAD says the length of, unless it has changed meanwhile', async () => {
    wire.reply = ({ method }) => ({ headers: WHOLE, body: '7 bytes', ...(method === 'GET' && { length: undefined }) });
    expect(await read()).toMatchObject({ object: { size: 7 }, bytes: '7 bytes' });
    wire.reply = ({ method }) =>
      method === 'HEAD'
        ? { headers: { ...WHOLE, etag: '"f"' } }
        : { headers: WHOLE, body: '7 bytes', length: undefined };
    await expect(read()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('B11 has an empty object whose length it does not say when it is looked at', async () => {
    wire.reply = ({ method, headers }) => {
      if (method === 'HEAD') return { headers: WHOLE, length: undefined };
      return headers.range === undefined ? { headers: WHOLE } : { status: 416 };
    };
    expect(await look()).toMatchObject({ size: 0, etag: 'e' });
  });

  const entry = (key: string, members: string) => `<Contents><Key>${key}</Key>${members}</Contents>`;
  const whole = '<ETag>"e"</ETag><LastModified>Thu, 01 Jan 2026 00:00:00 GMT</LastModified><Size>1</Size>';
  const listing = (...entries: readonly string[]) =>
    xml(`<ListBucketResult><Name>images</Name>${entries.join('')}</ListBucketResult>`);
  const listed = { size: 1, etag: 'e', lastModified: new Date(DATE) };
  const list = async () => (await wire.open().list('images', { limit: 10 })).objects;

  it.each([
    ['a date that is none', '<ETag>"e"</ETag><LastModified>yesterday</LastModified><Size>1</Size>'],
    ['no date', '<ETag>"e"</ETag><Size>1</Size>'],
    ['an empty date', '<ETag>"e"</ETag><LastModified/><Size>1</Size>'],
    ['a date of a type', '<ETag>"e"</ETag><LastModified type="date">once</LastModified><Size>1</Size>'],
  ])('B11 has an image listed with %s, for what is not listed is neither counted nor removed', async (_, odd) => {
    wire.reply = () => listing(entry('图.png', odd), entry('猫.png', whole));
    expect(await list()).toEqual([
      { ...listed, key: '图.png', lastModified: new Date(0) },
      { ...listed, key: '猫.png' },
    ]);
  });

  it.each([
    ['a size that is none', '<ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified><Size>much</Size>'],
    ['an empty size', '<ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified><Size />'],
    ['no size', '<ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified>'],
  ])('B11 looks at an image that is listed with %s, and at no other', async (_, odd) => {
    wire.reply = ({ method }) =>
      method === 'HEAD' ? { headers: WHOLE, body: '7 bytes' } : listing(entry('图.png', odd), entry('猫.png', whole));
    expect(await list()).toEqual([
      { ...listed, key: '图.png', size: 7 },
      { ...listed, key: '猫.png' },
    ]);
    expect(wire.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
  });

  it.each<[string, Answer]>([
    ['is gone', { status: 404 }],
    ['shows nothing that an object has', {}],
  ])('B11 hides no other image behind one that is listed without a size, and %s', async (_, found) => {
    wire.reply = ({ method }) => (method === 'HEAD' ? found : listing(entry('图.png', ''), entry('猫.png', whole)));
    expect(await list()).toEqual([{ ...listed, key: '猫.png' }]);
  });

  it('lists no folder that it says nothing of', async () => {
    wire.reply = () => listing(entry('folder/', ''), entry('folder//', '<Size>0</Size>'), entry('猫.png', whole));
    expect(await list()).toEqual([{ ...listed, key: '猫.png' }]);
    expect(wire.seen).toHaveLength(1);
  });

  it('B11 has all buckets listed, though it dates one oddly', async () => {
    const bucket = (name: string, date: string) =>
      `<Bucket><Name>${name}</Name><CreationDate>${date}</CreationDate></Bucket>`;
    wire.reply = () =>
      xml(
        `<ListAllMyBucketsResult><Buckets>${bucket('one', 'once')}${bucket('two', '2026-01-01T00:00:00Z')}</Buckets></ListAllMyBucketsResult>`,
      );
    expect((await wire.open().listBuckets()).map(({ name }) => name)).toContain('two');
  });

  it('B11 has all uploads listed that are under way, though it dates one oddly', async () => {
    const upload = (key: string, date: string) =>
      `<Upload><Key>${key}</Key><UploadId>${key}-id</UploadId><Initiated>${date}</Initiated></Upload>`;
    wire.reply = () =>
      xml(
        `<ListMultipartUploadsResult><Bucket>images</Bucket><IsTruncated>false</IsTruncated>${upload('a', 'once')}${upload('b', '2026-01-01T00:00:00Z')}</ListMultipartUploadsResult>`,
      );
    expect(await wire.open().listMultipartUploads('images')).toEqual([
      { key: 'b', uploadId: 'b-id', initiated: new Date(DATE) },
    ]);
  });
});
