// https://www.w3.org/TR/SVG2/ and https://www.w3.org/TR/xml/#charencoding
import type { ByteTransformer } from './byte-transformer.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';
import { createSvgCleaner, type Piece } from './svg-cleaner.ts';

/** How long an SVG may be: what browsers still draw at once. Photographs that are embedded in one count too. */
const MAX_SVG_LENGTH = 4_194_304;
/** How much is read before others have their turn: some 2 ms. */
const SLICE_LENGTH = 16_384;
const PROLOGUE_LENGTH = 256;

/** Scrubs an image of another format that is embedded in an SVG; answers its format and bytes, or nothing when it is none. */
export type ScrubEmbedded = (image: Buffer) => Promise<{ readonly format: string; readonly bytes: Buffer } | undefined>;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Tells the encoding by a byte order mark, by how `<` is written, or by what the prologue says. */
function encodingOf(head: Buffer): string {
  const begin = head.toString('latin1', 0, 2);
  if (begin === '\xff\xfe' || begin === '<\0') return 'utf-16le';
  if (begin === '\xfe\xff' || begin === '\0<') return 'utf-16be';
  if (begin === '\xef\xbb') return 'utf-8';
  return /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([-\w.:]+)/.exec(head.toString('latin1'))?.[1] ?? 'utf-8';
}

type Decoder = InstanceType<typeof TextDecoder>;

function createDecoder(head: Buffer): Decoder {
  try {
    return new TextDecoder(encodingOf(head), { fatal: true });
  } catch {
    throw new ImageError('svg-malformed');
  }
}

function decode(decoder: Decoder, bytes?: Buffer): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    throw new ImageError('svg-malformed');
  }
}

async function writePiece(transformer: ByteTransformer, piece: Piece, scrubEmbedded: ScrubEmbedded): Promise<void> {
  if (typeof piece === 'string') return transformer.insert(Buffer.from(piece));
  const image = await scrubEmbedded(Buffer.from(piece.embedded, 'base64'));
  if (image === undefined) return transformer.note('other');
  const data = `data:image/${image.format};base64,${image.bytes.toString('base64')}`;
  await transformer.insert(Buffer.from(` xlink:href="${data}"`));
}

/** Scrubs an SVG: writes anew what draws it, without scripts, references to other files, and texts that are not drawn. */
export async function scrubSvg(
  transformer: ByteTransformer,
  check: CheckSize,
  scrubEmbedded: ScrubEmbedded,
): Promise<ImageSize> {
  const decoder = createDecoder(await transformer.peekUpTo(PROLOGUE_LENGTH));
  const cleaner = createSvgCleaner(transformer.note);

  const writeOut = async (): Promise<void> => {
    for (const piece of cleaner.take()) await writePiece(transformer, piece, scrubEmbedded);
  };

  let isMeasured = false;
  for (let slice = await transformer.peekUpTo(1); slice.length > 0; slice = await transformer.peekUpTo(1)) {
    const bytes = (await transformer.piece()).subarray(0, SLICE_LENGTH);
    if (transformer.position() + bytes.length > MAX_SVG_LENGTH) throw new ImageError('svg-too-long');
    cleaner.write(decode(decoder, bytes));
    const size = cleaner.size();
    if (!isMeasured && size !== undefined) check(size);
    isMeasured = size !== undefined;
    await writeOut();
    await transformer.drop(bytes.length);
    await nextTurn();
  }
  cleaner.write(decode(decoder));
  cleaner.end();
  await writeOut();
  const size = cleaner.size();
  if (size === undefined) throw new ImageError('svg-no-root');
  return size;
}
