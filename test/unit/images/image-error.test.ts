import { describe, expect, it } from 'vitest';
import { ImageError, type ImageErrorCode } from '../../../src/images/index.ts';
import {
  avifMeta,
  avifType,
  big,
  box,
  bytesOf,
  fullBox,
  gifExtension,
  gifFrame,
  gifScreen,
  jpeg,
  jpegFrame,
  jpegScan,
  jpegSegment,
  type Part,
  png,
  pngChunk,
  pngHeader,
  riffChunk,
  webp,
  webpCanvas,
  webpFrame,
  webpLossless,
  webpLossy,
} from '../../support/images/build.ts';
import { LIMITS, refusal } from '../../support/images/scrub.ts';

const PNG_HEADER = pngHeader(4, 4);
const PNG_DATA = pngChunk('IDAT', Buffer.alloc(20));
const FRAME_COUNT = pngChunk('acTL', big(1), big(0));
const WRONG_CHECKSUM = png(PNG_HEADER, PNG_DATA);
WRONG_CHECKSUM.writeUInt8(1, WRONG_CHECKSUM.indexOf('IDAT') + 4);

const gif = (...blocks: readonly Part[]): Buffer => bytesOf(gifScreen(8, 8), ...blocks, ';');
const animated = (...chunks: readonly Uint8Array[]): Buffer => webp(webpCanvas(8, 6, 0x02), ...chunks);

const PICTURE = { id: 1, type: 'av01', start: 0, length: 7 };
const avif = (...boxes: readonly Part[]): Buffer => bytesOf(avifType('avif'), ...boxes);
const sequence = (...boxes: readonly Part[]): Buffer => bytesOf(avifType('avis'), ...boxes);
const nested = (types: readonly string[], content: Buffer): Buffer =>
  types.reduceRight((within, type) => box(type, within), content);

/** An index whose list of locations has a number of two bytes written over, counted from the list's fields. */
function withLocation(at: number, value: number): Buffer {
  const meta = avifMeta([8, 6], [PICTURE]);
  meta.writeUInt16BE(value, meta.indexOf('iloc') + 8 + at);
  return avif(meta);
}

/** An SVG with some content, which a bed takes where it says so. */
const svg = (content = ''): Buffer => bytesOf(`<svg xmlns="http://www.w3.org/2000/svg">${content}</svg>`);
const TAKING_SVG = { ...LIMITS, svg: true };

/** The smallest image that shows each reason, and the part that is named with it. */
const REFUSED: Readonly<Record<ImageErrorCode, readonly [image: Buffer, part?: string]>> = {
  empty: [Buffer.alloc(0)],
  'unknown-format': [bytesOf('\x01\x02')],
  truncated: [bytesOf('GIF89a')],
  'too-many-parts': [gif(...Array<Buffer>(11_000).fill(gifExtension(0xfe)))],
  'profile-too-large': [webp(webpCanvas(8, 6), riffChunk('ICCP', Buffer.alloc(4_194_305)))],
  'side-too-large': [png(pngHeader(16_385, 1))],
  'too-many-frames': [png(PNG_HEADER, pngChunk('acTL', big(201), big(0)))],
  'too-many-pixels': [png(pngHeader(8000, 5001))],

  'png-no-header': [png()],
  'png-invalid-header': [png(pngHeader(0, 4))],
  'png-broken-chunk': [png(PNG_HEADER, pngChunk('te<t'))],
  'png-wrong-checksum': [WRONG_CHECKSUM, 'IDAT'],
  'png-misplaced-chunk': [png(PNG_HEADER, PNG_HEADER), 'IHDR'],
  'png-oversized-chunk': [png(PNG_HEADER, pngChunk('PLTE', Buffer.alloc(769))), 'PLTE'],
  'png-unknown-chunk': [png(PNG_HEADER, pngChunk('CgBI')), 'CgBI'],
  'png-too-little-data': [png(PNG_HEADER)],
  'apng-invalid-frame-count': [png(PNG_HEADER, pngChunk('acTL', big(1)))],
  'apng-misfit-frame': [png(PNG_HEADER, FRAME_COUNT, pngChunk('fcTL', big(0)))],
  'apng-missing-frames': [png(PNG_HEADER, FRAME_COUNT, PNG_DATA)],

  'jpeg-lossless': [jpeg(jpegFrame(8, 8, 0xc3))],
  'jpeg-unshown-precision': [jpeg(jpegSegment(0xc1, 12, 0, 8, 0, 8, 1, 1, 0x11, 0)), '12'],
  'jpeg-unexpected-marker': [jpeg(jpegFrame(8, 8, 0xc5)), '0xC5'],
  'jpeg-invalid-segment-length': [jpeg(bytesOf(0xff, 0xfe, 0, 1))],
  'jpeg-invalid-frame-header': [jpeg(jpegSegment(0xc0))],
  'jpeg-invalid-scan-header': [jpeg(jpegScan())],
  'jpeg-no-size': [jpeg(jpegFrame(8, 0))],
  'jpeg-no-picture': [jpeg(jpegSegment(0xfe))],

  'gif-no-size': [bytesOf(gifScreen(0, 8))],
  'gif-frame-without-size': [gif(gifFrame(0, 8))],
  'gif-frame-without-data': [gif(gifFrame(8, 8).subarray(0, 11), 0)],
  'gif-invalid-code-size': [gif(gifFrame(8, 8, 9))],
  'gif-unknown-block': [gif(0)],
  'gif-no-picture': [gif()],

  'webp-contradictory-length': [webp(riffChunk('VP8 ').subarray(0, 4), big(0xffff))],
  'webp-invalid-canvas-header': [webp(riffChunk('VP8X'))],
  'webp-misplaced-chunk': [webp(webpCanvas(8, 6, 2), webpFrame(8, 6, webpLossy(8, 6)), riffChunk('ANIM')), 'ANIM'],
  'webp-damaged-picture': [webp(webpLossy(0, 6))],
  'webp-misfit-picture': [webp(webpCanvas(8, 6), webpLossless(8, 7))],
  'webp-invalid-frame-header': [animated(riffChunk('ANMF'))],
  'webp-frame-beyond-canvas': [animated(webpFrame(9, 6))],
  'webp-frame-without-picture': [animated(webpFrame(8, 6))],
  'webp-picture-outside-frames': [animated(webpLossy(8, 6))],
  'webp-no-picture': [webp(webpCanvas(8, 6))],

  'avif-broken-box': [avif(big(7), 'free', big(0))],
  'avif-oversized-box': [avif(big(0), 'meta'), 'meta'],
  'avif-metadata-before-index': [avif(avifMeta([8, 6], [PICTURE, { ...PICTURE, id: 2, type: 'Exif' }]))],
  'avif-unknown-length': [avif(avifMeta([8, 6], [{ ...PICTURE, length: 0 }]))],
  'avif-external-data': [withLocation(8, 1)],
  'avif-no-size': [avif(avifMeta([0, 6], [PICTURE]))],
  'avif-no-av1-picture': [avif(avifMeta([8, 6], []))],
  'avif-picture-without-data': [withLocation(2, 0)],
  'avif-foreign-track': [
    sequence(nested(['moov', 'trak', 'mdia', 'minf', 'stbl'], fullBox('stsd', 0, big(1), box('hvc1')))),
  ],
  'avif-empty-sequence': [sequence(box('moov'))],
  'avif-incomplete': [avif()],

  'svg-malformed': [svg('<g>')],
  'svg-no-root': [bytesOf('<svg/>')],
  'svg-entities': [bytesOf('<!DOCTYPE svg [<!ENTITY a "b">]>', svg())],
  'svg-too-long': [bytesOf(svg(), ' '.repeat(4_194_304))],
  'svg-too-complex': [svg(`${'<g>'.repeat(256)}${'</g>'.repeat(256)}`)],
};

const LIMIT_FACTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['side-too-large', ['width', 'height', 'limit']],
  ['too-many-frames', ['width', 'height', 'frames', 'limit']],
  ['too-many-pixels', ['width', 'height', 'pixels', 'limit']],
]);

describe('ImageError', () => {
  it.each(Object.entries(REFUSED))('says %s of an image of that kind', async (code, [image, part]) => {
    const error = await refusal(image, TAKING_SVG);
    expect(error.code).toBe(code);
    expect(error.facts.part).toBe(part);
    expect(error).toMatchObject({ name: 'ImageError', message: expect.stringContaining(code) });
  });

  it.each(Object.entries(REFUSED))(
    'tells facts of a size beside %s only where it is a limit',
    async (code, [image]) => {
      const { part, ...facts } = (await refusal(image, TAKING_SVG)).facts;
      expect(Object.keys(facts)).toEqual(LIMIT_FACTS.get(code) ?? []);
    },
  );

  it('puts its facts into the message for developers', () => {
    expect(new ImageError('png-wrong-checksum', { part: 'IDAT' }).message).toBe(
      'image refused: png-wrong-checksum part=IDAT',
    );
    expect(new ImageError('too-many-frames', { width: 8, height: 6, frames: 201, limit: 200 }).message).toBe(
      'image refused: too-many-frames width=8 height=6 frames=201 limit=200',
    );
    expect(new ImageError('empty').message).toBe('image refused: empty');
  });
});
