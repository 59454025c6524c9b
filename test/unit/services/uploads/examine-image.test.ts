import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { ANONYMOUS, type Caller } from '../../../../src/services/access/access.ts';
import { createExamineImage } from '../../../../src/services/uploads/examine-image.ts';
import {
  createImage,
  createMemoryBed,
  MAX_BYTES,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { makePng } from '../../../support/png.ts';

const PNG = makePng(3, 2);
const REFUSAL = new AppError('InvalidImage', { zh: '图片不完整', en: 'It is cut off' });

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const narrowed = (maxBytes: number | undefined): Caller => ({
  ...ann.caller,
  narrowing: { scopes: ['upload'], maxBytes },
});

describe('examining an image', () => {
  it('tells what it is, and stores nothing', async () => {
    const { facts, refusal } = await bed.examineImage(ann.caller, { base64: PNG.toString('base64') });
    expect(facts).toMatchObject({ contentType: 'image/png', width: 3, height: 2, receivedSize: PNG.byteLength });
    expect([refusal, bed.told]).toEqual([undefined, []]);
  });

  it('gives up what it received itself, and not what was received for it', async () => {
    const discarded: string[] = [];
    const image = (name: string) => createImage({ discard: async () => void discarded.push(name) });
    const examine = createExamineImage(async () => image('own'), MAX_BYTES);
    expect((await examine(ann.caller, image('given'))).refusal).toBeUndefined();
    expect(discarded).toEqual([]);
    await examine(ann.caller, { base64: 'AAAA' });
    expect(discarded).toEqual(['own']);
  });

  it.each<[string, () => Caller, string | undefined]>([
    ['a session', () => ann.caller, undefined],
    ['nobody', () => ANONYMOUS, undefined],
    ['a token without a limit', () => narrowed(undefined), undefined],
    ['a token whose limit it has', () => narrowed(8), undefined],
    ['a token whose limit it is beyond', () => narrowed(7), 'EntityTooLarge'],
  ])('asks what the token allows: %s', async (_, caller, refusal) => {
    const image = createImage();
    const examined = await bed.examineImage(caller(), image);
    expect(examined.refusal?.code).toBe(refusal);
    expect(examined.facts).toBe(image);
  });

  it.each<[string, Parameters<MemoryBed['examineImage']>[1], string]>([
    ['that was refused already', { originalName: 'a', error: REFUSAL }, 'InvalidImage'],
    ['that is no base64', { base64: '***=' }, 'InvalidArgument'],
    ['that is no image', { base64: 'AAAA' }, 'UnsupportedMediaType'],
  ])('tells why one would not be stored %s', async (_, sent, refusal) => {
    const examined = await bed.examineImage(ann.caller, sent);
    expect(examined.refusal?.code).toBe(refusal);
    expect(Object.keys(examined)).toEqual(['refusal']);
  });

  it('passes on what is no refusal', async () => {
    const examine = createExamineImage(() => Promise.reject(new TypeError('a bug')), MAX_BYTES);
    await expect(examine(ann.caller, { base64: 'AAAA' })).rejects.toThrow('a bug');
  });
});
