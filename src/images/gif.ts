// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
// A screen, then images and extensions, each a header and sub-blocks of 1–255 bytes up to an empty one, then a trailer.
import type { ByteTransformer } from './byte-transformer.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const BLOCKS = new Set([IMAGE, EXTENSION]);

const PLAIN_TEXT = 0x01;
const GRAPHIC_CONTROL = 0xf9;
const APPLICATION = 0xff;

const CONTROL_LENGTH = 8;
/** The two extensions that say how often an animation repeats, in the one form in which they are written. */
const LOOPS = ['NETSCAPE2.0', 'ANIMEXTS1.0'].map((name) => Buffer.from(`!\xff\x0b${name}\x03\x01`, 'latin1'));
const LOOP_LENGTH = 19;
const END = Buffer.alloc(1);

/** What has passed of a GIF. */
interface Progress {
  readonly width: number;
  readonly height: number;
  frames: number;
  /** A graphic control that belongs to whatever is drawn next, held back until it is known whether that stays. */
  control: Buffer | undefined;
}

const colourTableLength = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1));

/** The length of the whole sub-blocks at the front of `piece`, and whether the last of them ends the chain. */
function wholeBlocks(piece: Buffer): { readonly length: number; readonly last: boolean } {
  let length = 0;
  while (length < piece.length) {
    const size = piece.readUInt8(length);
    if (size === 0) return { length: length + 1, last: true };
    if (length + 1 + size > piece.length) break;
    length += 1 + size;
  }
  return { length, last: false };
}

/** Passes a chain of sub-blocks with its terminator; answers how many bytes it took. */
async function passBlocks(transformer: ByteTransformer, pass: ByteTransformer['keep']): Promise<number> {
  const start = transformer.position();
  for (;;) {
    const piece = await transformer.piece();
    const { length, last } = wholeBlocks(piece);
    if (length === 0) await transformer.peek(1 + piece.readUInt8(0));
    await pass(length);
    if (last) return transformer.position() - start;
  }
}

async function releaseControl(transformer: ByteTransformer, progress: Progress): Promise<void> {
  if (progress.control === undefined) return;
  await transformer.insert(progress.control);
  progress.control = undefined;
}

async function keepScreen(transformer: ByteTransformer, check: CheckSize): Promise<Progress> {
  const screen = await transformer.peek(13);
  const [width, height] = [screen.readUInt16LE(6), screen.readUInt16LE(8)];
  if (width === 0 || height === 0) throw new ImageError('gif-no-size');
  await transformer.keep(13 + colourTableLength(screen.readUInt8(10)));
  // A script that begins like a GIF is damaged, not large: what its "screen" says counts only before a real block.
  if (BLOCKS.has((await transformer.peek(1)).readUInt8(0))) check({ width, height, frames: 1 });
  return { width, height, frames: 0, control: undefined };
}

/** Counts a frame by the larger of screen and frame: encoders exist whose frames reach beyond the screen. */
function countFrame(descriptor: Buffer, progress: Progress, check: CheckSize): void {
  const [width, height] = [descriptor.readUInt16LE(5), descriptor.readUInt16LE(7)];
  if (width === 0 || height === 0) throw new ImageError('gif-frame-without-size');
  progress.frames += 1;
  check({
    width: Math.max(width, progress.width),
    height: Math.max(height, progress.height),
    frames: progress.frames,
    pixels: Math.max(width * height, progress.width * progress.height),
    counting: true,
  });
}

async function keepImage(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<void> {
  const descriptor = await transformer.peek(10);
  countFrame(descriptor, progress, check);
  await releaseControl(transformer, progress);
  await transformer.keep(10 + colourTableLength(descriptor.readUInt8(9)));
  const codeSize = (await transformer.peek(1)).readUInt8(0);
  if (codeSize < 2 || codeSize > 8) throw new ImageError('gif-invalid-code-size');
  await transformer.keep(1);
  if ((await passBlocks(transformer, transformer.keep)) === 1) throw new ImageError('gif-frame-without-data');
}

async function holdControl(transformer: ByteTransformer, progress: Progress): Promise<void> {
  const control = await transformer.peek(CONTROL_LENGTH);
  if (control.readUInt8(2) !== 4 || control.readUInt8(7) !== 0) {
    throw new ImageError('gif-invalid-graphic-control');
  }
  await releaseControl(transformer, progress);
  progress.control = Buffer.from(control);
  await transformer.drop(CONTROL_LENGTH);
}

async function isLoop(transformer: ByteTransformer): Promise<boolean> {
  const bytes = await transformer.peekUpTo(LOOP_LENGTH);
  return (
    LOOPS.some((loop) => bytes.subarray(0, loop.length).equals(loop)) && bytes.subarray(LOOP_LENGTH - 1).equals(END)
  );
}

async function scrubExtension(transformer: ByteTransformer, progress: Progress): Promise<void> {
  const label = (await transformer.peek(2)).readUInt8(1);
  if (label === GRAPHIC_CONTROL) return holdControl(transformer, progress);
  if (label === APPLICATION && (await isLoop(transformer))) {
    await releaseControl(transformer, progress);
    return transformer.keep(LOOP_LENGTH);
  }
  if (label === PLAIN_TEXT) progress.control = undefined;
  await transformer.drop(2);
  await passBlocks(transformer, transformer.drop);
}

/** Scrubs a GIF: keeps its frames, their timing and the loop count. */
export async function scrubGif(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  const progress = await keepScreen(transformer, check);
  for (;;) {
    transformer.beginPart();
    const introducer = (await transformer.peek(1)).readUInt8(0);
    if (introducer === TRAILER) break;
    if (introducer === IMAGE) await keepImage(transformer, progress, check);
    else if (introducer === EXTENSION) await scrubExtension(transformer, progress);
    else throw new ImageError('gif-unknown-block');
  }
  if (progress.frames === 0) throw new ImageError('gif-no-picture');
  await releaseControl(transformer, progress);
  await transformer.keep(1);
  const { width, height, frames } = progress;
  return { width, height, frames };
}
