// https://www.w3.org/Graphics/GIF/spec-gif89a.txt (appendix F)
// Codes of 3–12 bits, the first in the low bits: pixels, strings seen before, one that clears the table, one that ends.

const MAX_WIDTH = 12;
const MAX_CODES = 1 << MAX_WIDTH;

/** Reads the codes of a frame just closely enough to know where they end. */
export interface CodeReader {
  /** Reads on; answers how many of the bytes are used where the end is among them. */
  read(bytes: Buffer): number | undefined;
}

/**
 * Creates the reader of one frame's data; `codeSize` (1–8) is the byte before it. What no decoder could read has no end.
 * Where the frame has all its `pixels`, the next code that draws is the end: no decoder looks further.
 */
export function createCodeReader(codeSize: number, pixels: number): CodeReader {
  const clear = 1 << codeSize;
  const end = clear + 1;
  let width = codeSize + 1;
  let free = clear + 2;
  /** How many pixels each code draws. */
  const lengths = new Uint16Array(MAX_CODES).fill(1, 0, clear);
  let left = pixels;
  let before: number | undefined;
  let isBroken = false;
  let bits = 0;
  let count = 0;

  const restart = (): void => {
    width = codeSize + 1;
    free = clear + 2;
    before = undefined;
  };
  const isEnd = (code: number): boolean => code === end || (left <= 0 && code !== clear);
  /** Takes up into the table what is one pixel longer than `code`. */
  const grow = (code: number): void => {
    lengths[free] = (lengths[code] ?? 0) + 1;
    free += 1;
    if (free === 1 << width && width < MAX_WIDTH) width += 1;
  };
  /** Takes a code that ends nothing. */
  const take = (code: number): void => {
    if (code === clear) {
      restart();
      return;
    }
    // The first draws one pixel; later ones know what is in the table, and the one that is just being made.
    isBroken ||= code > (before === undefined ? clear : free);
    if (before !== undefined && free < MAX_CODES) grow(before);
    left -= lengths[code] ?? 0;
    before = code;
  };

  return {
    read: (bytes) => {
      for (let at = 0; at < bytes.length && !isBroken; at += 1) {
        bits |= (bytes[at] ?? 0) << count;
        count += 8;
        while (count >= width) {
          const code = bits & ((1 << width) - 1);
          bits >>>= width;
          count -= width;
          if (!isBroken && isEnd(code)) return at + 1;
          take(code);
        }
      }
      return undefined;
    },
  };
}
