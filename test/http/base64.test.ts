import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientBed, fetchBytes, openClientBed } from '../dialects/client-bed.ts';
import { makePng } from '../support/png.ts';

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed?.close());

const put = (base64: unknown) => bed.call('object/putObject', { objectName: 'a.png', base64 }, bed.session);

describe('the bytes of an image as text', () => {
  it('are taken in either alphabet, padded or not', async () => {
    // With both letters in which the alphabets differ, and a length that is padded.
    const image = [...Array(99).keys()]
      .map((side) => makePng(9, 5 + (side % 9), { noise: true }))
      .find((each) => each.length % 3 !== 0 && /\+.*\/|\/.*\+/.test(each.toString('base64')));
    if (image === undefined) throw new TypeError('no picture will do');
    const standard = image.toString('base64');
    const other = standard.replaceAll('+', '-').replaceAll('/', '_');
    for (const base64 of [standard, standard.replace(/=+$/, ''), image.toString('base64url'), other]) {
      const { status, json } = await put(base64);
      expect([status, json.data.err]).toEqual([200, undefined]);
      expect((await fetchBytes(json.data.url)).equals(image)).toBe(true);
    }
    for (const base64 of [standard.replace('+', '-'), `${standard.replace(/=+$/, '')}AAA==`, `${standard} `]) {
      expect((await put(base64)).json).toMatchObject({ error: 'InvalidArgument' });
    }
  });

  it.each<[string, (image: Buffer) => unknown, string]>([
    ['an ArrayBuffer', () => ({}), 'ArrayBuffer / Blob / File → {}'],
    ['a Uint8Array', (image) => ({ ...image }), 'Uint8Array'],
    ['a Buffer', (image) => image.toJSON(), 'Buffer'],
    ['a list of bytes', (image) => [...image], '[137,80,…]'],
  ])('are told as what JSON has made of them: %s, small and large', async (_name, write, name) => {
    for (const image of [makePng(2, 2).subarray(0, 12), makePng(90, 70, { noise: true })]) {
      const { status, json } = await put(write(image));
      expect([status, json.error]).toEqual([400, 'InvalidArgument']);
      expect(json.data.err).toContain(`二进制数据（${name}）`);
      expect(json.data.err).toContain('wx.arrayBufferToBase64');
    }
  });
});
