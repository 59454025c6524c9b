// https://www.w3.org/Graphics/GIF/spec-gif89a.txt (appendix F)
// Codes of 3–12 bits, the first in the low bits: pixels, strings seen before, one that clears the table, one that ends.

const MAX_WIDTH = 12;
const MAX_CODES = 1 << MAX_WIDTH;

/** Reads the codes of a frame just closely enough to know where they end. */
export interface CodeReader {
  /** Reads on; answers how many of the bytes are used where the end is among them. */
  read(bytes: Buffer): number | undefined;
}

/** Creates the reader of one frame's data; `codeSize` (1–8) is the byte before it. What no decoder could read has no end. */
export function createCodeReader(codeSize: number): CodeReader {
  const clear = 1 << codeSize;
  const end = clear + 1;
  let width = codeSize + 1;
  let free = clear + 2;
  let hasBefore = false;
  let isBroken = false;
  let bits = 0;
  let count = 0;

  const restart = (): void => {
    width = codeSize + 1;
    free = clear + 2;
    hasBefore = false;
  };
  /** Takes a code that ends nothing. */
  const take = (code: number): void => {
    if (code === clear) {
      restart();
      return;
    }
    // The first draws one pixel; later ones know what is in the table, and the one that is just being made.
    isBroken ||= code > (hasBefore ? free : clear);
    if (!hasBefore) hasBefore = true;
    else if (free < MAX_CODES) {
      free += 1;
      if (free === 1 << width && width < MAX_WIDTH) width += 1;
    }
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
          if (code === end && !isBroken) return at + 1;
          take(code);
        }
      }
      return undefined;
    },
  };
}
