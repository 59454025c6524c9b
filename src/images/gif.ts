// https://www.w3.org/Graphics/GIF/spec-gif89a.txt
// A screen, then images and extensions, each a header and sub-blocks of 1–255 bytes up to an empty one, then a trailer.
import type { ByteTransformer } from './byte-transformer.ts';
import { type CodeReader, createCodeReader } from './gif-codes.ts';
import { ImageError, isTruncated } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const TRAILER = 0x3b;
const BLOCKS = new Set([IMAGE, EXTENSION]);

const GRAPHIC_CONTROL = 0xf9;
const COMMENT = 0xfe;
const APPLICATION = 0xff;

const CONTROL_HEAD = Buffer.from([EXTENSION, GRAPHIC_CONTROL, 4]);
/** A sub-block of three bytes, of which the first says that a count follows. */
const LOOP_BLOCK = Buffer.from([3, 1]);
/** The heads of the two extensions that say how often an animation repeats. */
const LOOPS = ['NETSCAPE2.0', 'ANIMEXTS1.0'].map((name) => Buffer.from(`!\xff\x0b${name}`, 'latin1'));
const LOOP_HEAD_LENGTH = 14;
/** The count of repetitions and, by Netscape, the size of a buffer: more sub-blocks hold no loop. */
const MAX_LOOP_BLOCKS = 8;
const BLOCK_END = Buffer.alloc(1);
const END = Buffer.from([TRAILER]);

/** What has passed of a GIF. */
interface Progress {
  /** Of the screen, or of the first frame where the screen has none. */
  width: number;
  height: number;
  frames: number;
  /** Whether a frame with a size and with data is among them. */
  isShown: boolean;
  /** What was wrong with one that has none. */
  flaw: 'gif-frame-without-size' | 'gif-frame-without-data' | undefined;
  /** A graphic control that belongs to the next frame, whatever comes between: no browser draws plain text. */
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

/** Passes a chain of sub-blocks with its terminator. */
async function passBlocks(transformer: ByteTransformer, pass: ByteTransformer['keep']): Promise<void> {
  for (;;) {
    const piece = await transformer.piece();
    const { length, last } = wholeBlocks(piece);
    if (length === 0) await transformer.peek(1 + piece.readUInt8(0));
    await pass(length);
    if (last) return;
  }
}

/** Where the codes end in whole sub-blocks: the start of the sub-block, and how many bytes of its data are used. */
function findEnd(blocks: Buffer, codes: CodeReader): { readonly at: number; readonly used: number } | undefined {
  for (let at = 0; at < blocks.length; at += 1 + blocks.readUInt8(at)) {
    const used = codes.read(blocks.subarray(at + 1, at + 1 + blocks.readUInt8(at)));
    if (used !== undefined) return { at, used };
    if (blocks.readUInt8(at) === 0) return undefined;
  }
  return undefined;
}

/** Keeps what the codes use of the sub-block in which they end, and ends the chain; what follows there is nobody's. */
async function keepLastBlock(transformer: ByteTransformer, used: number): Promise<void> {
  const size = (await transformer.peek(1)).readUInt8(0);
  const block = Buffer.from(await transformer.peek(1 + size));
  const hasMore = block.subarray(1 + used).some((byte) => byte !== 0);
  if (hasMore) {
    await transformer.drop(block.length);
    await transformer.insert(Buffer.concat([Buffer.from([used]), block.subarray(1, 1 + used)]));
  } else await transformer.keep(block.length);
  const [next] = await transformer.peekUpTo(1);
  if (hasMore || (next ?? 0) !== 0) transformer.note('trailing');
  try {
    await passBlocks(transformer, transformer.drop);
  } catch (error) {
    if (!isTruncated(error)) throw error;
    await transformer.drop((await transformer.peekUpTo(256)).length);
  }
  await transformer.insert(BLOCK_END);
}

/** Keeps the sub-blocks of a frame up to the end of its codes. */
async function keepCodes(transformer: ByteTransformer, codes: CodeReader): Promise<void> {
  for (;;) {
    const piece = await transformer.piece();
    const { length, last } = wholeBlocks(piece);
    if (length === 0) await transformer.peek(1 + piece.readUInt8(0));
    const end = findEnd(piece.subarray(0, length), codes);
    await transformer.keep(end?.at ?? length);
    if (end !== undefined) return keepLastBlock(transformer, end.used);
    if (last) return;
  }
}

/** Keeps a frame's data; where the file ends between two sub-blocks, the chain is ended. Answers how many bytes it took. */
async function keepData(transformer: ByteTransformer, codeSize: number, pixels: number): Promise<number> {
  const start = transformer.position();
  try {
    await keepCodes(transformer, createCodeReader(codeSize, pixels));
    return transformer.position() - start;
  } catch (error) {
    const taken = transformer.position() - start;
    if (!isTruncated(error) || taken === 0 || (await transformer.peekUpTo(1)).length > 0) throw error;
    await transformer.insert(BLOCK_END);
    return taken + 1;
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
  // Without either, the first frame is the screen.
  if ((width === 0) !== (height === 0)) throw new ImageError('gif-no-size');
  await transformer.keep(13 + colourTableLength(screen.readUInt8(10)));
  // A script that begins like a GIF is damaged, not large: what its "screen" says counts only before a real block.
  if (BLOCKS.has((await transformer.peek(1)).readUInt8(0))) check({ width, height, frames: 1 });
  return { width, height, frames: 0, isShown: false, flaw: undefined, control: undefined };
}

/** Counts a frame by the larger of screen and frame: encoders exist whose frames reach beyond the screen. */
function countFrame(descriptor: Buffer, progress: Progress, check: CheckSize): void {
  const [width, height] = [descriptor.readUInt16LE(5), descriptor.readUInt16LE(7)];
  progress.frames += 1;
  if (progress.width === 0) {
    progress.width = width;
    progress.height = height;
  }
  check({
    width: Math.max(width, progress.width),
    height: Math.max(height, progress.height),
    frames: progress.frames,
    pixels: Math.max(width * height, progress.width * progress.height),
    counting: true,
  });
}

/** Keeps a frame, also one that shows nothing: browsers wait it out, and show the others. */
async function keepImage(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<void> {
  const descriptor = await transformer.peek(10);
  countFrame(descriptor, progress, check);
  const pixels = descriptor.readUInt16LE(5) * descriptor.readUInt16LE(7);
  const isEmpty = pixels === 0;
  await releaseControl(transformer, progress);
  await transformer.keep(10 + colourTableLength(descriptor.readUInt8(9)));
  const codeSize = (await transformer.peek(1)).readUInt8(0);
  if (codeSize < 1 || codeSize > 8) throw new ImageError('gif-invalid-code-size');
  await transformer.keep(1);
  const hasData = (await keepData(transformer, codeSize, pixels)) > 1;
  if (!isEmpty && hasData) progress.isShown = true;
  else progress.flaw ??= isEmpty ? 'gif-frame-without-size' : 'gif-frame-without-data';
}

async function holdControl(transformer: ByteTransformer, progress: Progress): Promise<void> {
  const size = (await transformer.peek(3)).readUInt8(2);
  const block = await transformer.peek(3 + Math.min(size, 4));
  await releaseControl(transformer, progress);
  if (size >= 4) progress.control = Buffer.concat([CONTROL_HEAD, block.subarray(3), BLOCK_END]);
  await transformer.drop(2);
  await passBlocks(transformer, transformer.drop);
}

async function peekLoop(transformer: ByteTransformer): Promise<Buffer | undefined> {
  const head = await transformer.peekUpTo(LOOP_HEAD_LENGTH);
  return LOOPS.find((loop) => loop.equals(head));
}

/** Keeps how often an animation repeats, whichever sub-block says it, and no other. */
async function keepLoop(transformer: ByteTransformer, head: Buffer): Promise<void> {
  await transformer.drop(LOOP_HEAD_LENGTH);
  for (let left = MAX_LOOP_BLOCKS; left > 0; left -= 1) {
    const size = (await transformer.peek(1)).readUInt8(0);
    const block = (await transformer.peek(1 + size)).subarray(1);
    if (size >= 3 && (block.readUInt8(0) & 7) === 1) {
      await transformer.insert(Buffer.concat([head, LOOP_BLOCK, block.subarray(1, 3), BLOCK_END]));
      await transformer.drop(1 + size);
      if (size > 3 || (await transformer.peekUpTo(1)).some((next) => next !== 0)) transformer.note('other');
      break;
    }
    if (size === 0) break;
    transformer.note('other');
    await transformer.drop(1 + size);
  }
  await passBlocks(transformer, transformer.drop);
}

async function noteExtension(transformer: ByteTransformer, label: number): Promise<void> {
  const name = (await transformer.peekUpTo(11)).toString('latin1', 3);
  if (label === COMMENT) transformer.note('comment');
  else transformer.note(label === APPLICATION && name === 'XMP Data' ? 'xmp' : 'other');
}

async function scrubExtension(transformer: ByteTransformer, progress: Progress): Promise<void> {
  const label = (await transformer.peek(2)).readUInt8(1);
  if (label === GRAPHIC_CONTROL) return holdControl(transformer, progress);
  const loop = label === APPLICATION ? await peekLoop(transformer) : undefined;
  if (loop !== undefined) {
    await releaseControl(transformer, progress);
    return keepLoop(transformer, loop);
  }
  await noteExtension(transformer, label);
  await transformer.drop(2);
  await passBlocks(transformer, transformer.drop);
}

/** Passes a block; answers whether another may follow. After a frame, an unknown block or the end of the file is the end. */
async function scrubBlock(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<boolean> {
  const [introducer] = await transformer.peekUpTo(1);
  if (introducer === IMAGE) {
    await keepImage(transformer, progress, check);
    return true;
  }
  if (introducer === EXTENSION) return scrubLastExtension(transformer, progress);
  if (introducer === TRAILER) await transformer.drop(1);
  if (introducer === TRAILER || progress.frames > 0) return false;
  throw new ImageError(introducer === undefined ? 'truncated' : 'gif-unknown-block');
}

/** Passes an extension; answers whether it was whole. One that the end of the file cuts off after a frame is dropped. */
async function scrubLastExtension(transformer: ByteTransformer, progress: Progress): Promise<boolean> {
  try {
    await scrubExtension(transformer, progress);
    return true;
  } catch (error) {
    if (progress.frames === 0 || !isTruncated(error)) throw error;
    return false;
  }
}

/** Scrubs a GIF: keeps its frames, their timing and the loop count. */
export async function scrubGif(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  const progress = await keepScreen(transformer, check);
  while (await scrubBlock(transformer, progress, check)) transformer.beginPart();
  if (!progress.isShown) throw new ImageError(progress.flaw ?? 'gif-no-picture');
  await releaseControl(transformer, progress);
  await transformer.insert(END);
  const { width, height, frames } = progress;
  return { width, height, frames };
}
