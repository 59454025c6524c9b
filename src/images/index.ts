/**
 * `imagepic/images`: tells PNG, JPEG, GIF, WebP and AVIF by their bytes, measures them and takes out what is private,
 * without loss and while they stream.
 *
 * SVG is taken where the limits say `svg: true`: written anew, without scripts, references to other files and descriptions.
 *
 * Needs nothing but Node's `Buffer`, `setImmediate` and `node:zlib`; where these are no globals, set them.
 *
 * ```ts
 * import { createReadStream } from 'node:fs';
 * import { open } from 'node:fs/promises';
 * import { ImageError, scrubImage } from 'imagepic/images';
 *
 * const limits = { maxPixels: 250_000_000, maxSide: 65_535, maxFrames: 5000 };
 * const clean = await open('clean', 'wx');
 * try {
 *   const facts = await scrubImage(createReadStream('photo'), (chunk) => clean.writeFile(chunk), limits);
 *   console.log(facts); // { format: 'jpeg', width: 3024, height: 4032, frames: 1, orientation: 6 }
 * } catch (error) {
 *   if (!(error instanceof ImageError)) throw error;
 *   console.log(error.code, error.facts); // side-too-large { width: 70000, height: 20, limit: 65535 }
 * } finally {
 *   await clean.close();
 * }
 * ```
 *
 * @module
 */
export { ImageError, type ImageErrorCode, type ImageErrorFacts } from './image-error.ts';
export type { OtherFormat } from './other-formats.ts';
export type { RemovedPart } from './removed.ts';
export { type ImageFacts, type ImageFormat, type ImageLimits, scrubImage } from './scrub-image.ts';
