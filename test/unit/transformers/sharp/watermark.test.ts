import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Transformation, Watermark, WatermarkPosition } from '../../../../src/ports/image-transformer.ts';
import { createSharpTransformer } from '../../../../src/transformers/sharp/image-transformer.ts';
import { makeTempFolder } from '../../../support/temp-folder.ts';

const { transform, drawText } = createSharpTransformer();
const PLAIN: Transformation = {
  fit: 'inside',
  gravity: 'center',
  rotate: 0,
  format: 'png',
  quality: 90,
  isAnimated: true,
};

const plain = (width: number, height: number, background = '#0000ff'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where a picture is red, of each of its frames. */
async function redOf(bytes: Uint8Array): Promise<readonly (Box | undefined)[]> {
  const { data, info } = await sharp(bytes, { animated: true })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const height = info.pageHeight ?? info.height;
  return Array.from({ length: info.height / height }, (_, frame) => {
    const red: [number, number][] = [];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < info.width; x += 1) {
        const at = ((frame * height + y) * info.width + x) * info.channels;
        if ((data[at] ?? 0) > 100) red.push([x, y]);
      }
    }
    if (red.length === 0) return undefined;
    const [xs, ys] = [red.map(([x]) => x), red.map(([, y]) => y)];
    const [left, top] = [xs.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.min(a, b))];
    return { left, top, right: xs.reduce((a, b) => Math.max(a, b)), bottom: ys.reduce((a, b) => Math.max(a, b)) };
  });
}

describe('a watermark', () => {
  let red: Buffer;
  const mark = (position: WatermarkPosition, more: Partial<Watermark> = {}): Watermark => ({
    picture: red,
    position,
    opacity: 100,
    scale: 20,
    ...more,
  });

  beforeAll(async () => {
    red = await plain(200, 100, '#ff0000');
  });

  // A fifth of 400 pixels wide and half as high, four pixels from the edges.
  it.each([
    ['top-left', { left: 4, top: 4 }],
    ['top', { left: 160, top: 4 }],
    ['top-right', { left: 316, top: 4 }],
    ['left', { left: 4, top: 80 }],
    ['center', { left: 160, top: 80 }],
    ['right', { left: 316, top: 80 }],
    ['bottom-left', { left: 4, top: 156 }],
    ['bottom', { left: 160, top: 156 }],
    ['bottom-right', { left: 316, top: 156 }],
  ] as const)('stands %s', async (position, { left, top }) => {
    const source = await plain(400, 200);

    const { bytes } = await transform(async () => source, { ...PLAIN, watermark: mark(position) });

    expect(await redOf(bytes)).toEqual([{ left, top, right: left + 79, bottom: top + 39 }]);
  });

  it('is all over the picture as tile', async () => {
    const source = await plain(400, 200);

    const { bytes } = await transform(async () => source, { ...PLAIN, watermark: mark('tile') });

    const [box] = await redOf(bytes);
    expect(box).toBeDefined();
    expect((box?.right ?? 0) - (box?.left ?? 0)).toBeGreaterThan(300);
    const { channels } = await sharp(bytes).stats();
    // A quarter is mark, as it leaves as much room as it takes both ways.
    expect(channels[0]?.mean).toBeGreaterThan(255 * 0.2);
    expect(channels[0]?.mean).toBeLessThan(255 * 0.32);
  });

  it('lets the picture through by its opacity', async () => {
    const source = await plain(400, 200);

    const { bytes } = await transform(async () => source, {
      ...PLAIN,
      watermark: mark('center', { opacity: 50, scale: 100 }),
    });

    const { data } = await sharp(bytes)
      .extract({ left: 200, top: 100, width: 1, height: 1 })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan(120);
    expect(data[0]).toBeLessThan(136);
    expect(data[2]).toBeGreaterThan(120);
    expect(data[2]).toBeLessThan(136);
  });

  it.each([1, 2, 3, 7, 30])('goes onto a picture of %d pixels a side', async (side) => {
    const source = await plain(side, side);

    for (const position of ['tile', 'bottom-right', 'center'] as const) {
      for (const scale of [1, 20, 100]) {
        const made = await transform(async () => source, { ...PLAIN, watermark: mark(position, { scale }) });
        expect(made).toMatchObject({ width: side, height: side });
      }
    }
  });

  it('is measured by the picture as it comes out: made smaller, and turned by its orientation', async () => {
    const source = await sharp(await plain(800, 1600))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();

    const made = await transform(async () => source, {
      ...PLAIN,
      width: 400,
      height: 400,
      watermark: mark('bottom-right'),
    });

    expect(made).toMatchObject({ width: 400, height: 200 });
    expect(await redOf(made.bytes)).toEqual([{ left: 316, top: 156, right: 395, bottom: 195 }]);
  });

  it.each([
    ['webp', 'bottom-right', [101, 77]],
    ['gif', 'bottom-right', [101, 77]],
    ['webp', 'tile', [101, 77]],
    ['gif', 'center', [50, 38]],
  ] as const)('is on every frame of an animated %s, %s', async (format, position, [width, height]) => {
    const frames = await Promise.all(['#0000ff', '#00ff00', '#000000'].map((colour) => plain(101, 77, colour)));
    const source = await sharp(frames, { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();

    const made = await transform(async () => source, {
      ...PLAIN,
      format,
      ...(width < 101 && { width, height: 100 }),
      watermark: mark(position),
    });

    const boxes = await redOf(made.bytes);
    expect(made).toMatchObject({ width, height });
    expect(boxes).toHaveLength(3);
    for (const box of boxes) expect(box).toBeDefined();
    // What is lossy is blurred by a pixel.
    expect(Math.abs((boxes[1]?.left ?? -9) - (boxes[2]?.left ?? 9))).toBeLessThanOrEqual(1);
  });
});

describe('a watermark of text', () => {
  it('is white, as wide as it is long, and never read as markup', async () => {
    const [short, long, odd] = await Promise.all([drawText('ab'), drawText('abababab'), drawText('<b>&"')]);

    const [one, other] = await Promise.all([sharp(short).metadata(), sharp(long).metadata()]);
    expect(other.width).toBeGreaterThan(2 * one.width);
    expect((await sharp(short).stats()).channels[0]?.max).toBe(255);
    expect((await sharp(odd).metadata()).width).toBeGreaterThan(one.width);
  });

  it('is refused where the fonts of the machine lack a character', async () => {
    const folder = await makeTempFolder();
    const fonts = join(folder.path, 'fonts.conf');
    await writeFile(fonts, '<fontconfig></fontconfig>');
    const program = `import { createSharpTransformer } from ${JSON.stringify(join(process.cwd(), 'src/transformers/sharp/image-transformer.ts'))};
      console.log(await createSharpTransformer().drawText('ab'));`;
    const bundle = join(process.cwd(), '.build', `fonts-${process.pid}.mjs`);
    const { build } = await import('esbuild');
    await build({
      stdin: { contents: program, resolveDir: process.cwd(), loader: 'ts' },
      ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', outfile: bundle },
    });

    const { stdout } = await promisify(execFile)(process.execPath, [bundle], {
      env: { ...process.env, FONTCONFIG_FILE: fonts },
    });

    expect(stdout.trim()).toBe('undefined');
    await folder.remove();
  });
});
