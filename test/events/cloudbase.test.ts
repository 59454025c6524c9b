import * as v from 'valibot';
import { expect, it } from 'vitest';
import { describeEntry } from '../suites/entry.suite.ts';
import { openOnCloudBase } from '../support/bed-on-cloudbase.ts';
import { makePng } from '../support/png.ts';

const FOUND = v.object({ images: v.array(v.object({ objectName: v.string() })) });

describeEntry('callFunction with CloudBase’s database behind it', () =>
  openOnCloudBase({ IMAGEPIC_RECORDS: 'cloudbase' }),
);

it('finds images by words and places where records are in CloudBase’s database', async ({ onTestFinished }) => {
  const bed = await openOnCloudBase({ IMAGEPIC_RECORDS: 'cloudbase' });
  onTestFinished(bed.close);
  const person = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
  await bed.call('auth/register', person);
  const { data: session } = await bed.call('auth/login', { phone: person.phone, upwd: person.upwd });
  const token = v.parse(v.object({ token: v.string() }), session).token;
  const call = async (url: string, input: object): Promise<unknown> => (await bed.call(url, input, { token })).data;
  for (const objectName of ['旅行/sunset.png', '旅行/cat.png', 'office.png'])
    await call('object/putObject', { objectName, base64: makePng(8, 8).toString('base64') });
  const found = async (asked: object) => {
    const { images } = v.parse(FOUND, await call('image/search', asked));
    return images.map(({ objectName }) => objectName).sort();
  };
  expect(await found({})).toEqual(['office.png', '旅行/cat.png', '旅行/sunset.png']);
  expect(await found({ text: 'suns' })).toEqual(['旅行/sunset.png']);
  expect(await found({ prefix: '旅行/' })).toEqual(['旅行/cat.png', '旅行/sunset.png']);
  await call('object/removeObject', { objectName: '旅行/cat.png' });
  expect(await found({ prefix: '旅行/' })).toEqual(['旅行/sunset.png']);
});
