// https://www.rfc-editor.org/rfc/rfc6386#section-7 (the boolean entropy decoder)

/** Reads decisions, each of which splits what is left of a range. */
export interface BoolReader {
  /** Decides by how likely 0 is, of 256. */
  bool(probability: number): 0 | 1;
  /** How many bytes the decisions so far depend on: eight bits are compared with each split, whatever a decoder loads ahead. */
  needed(): number;
  /** Whether that is more than there are, or the first is beyond the range, where decoders differ. */
  isBroken(): boolean;
}

/** Creates a reader; behind the end it reads zeros. */
export function createBoolReader(bytes: Uint8Array): BoolReader {
  // Loaded bits: those below the topmost eight of `loaded` wait. `shifts` are those that are done with.
  let value = 0;
  let waiting = -8;
  let at = 0;
  let range = 255;
  let looked = 0;

  function load(): void {
    while (waiting < 0) {
      value = (value << 8) | (bytes[at] ?? 0);
      at += 1;
      waiting += 8;
    }
  }

  return {
    bool(probability) {
      if (waiting < 0) load();
      // The bits that are compared end where those that wait begin.
      looked = 8 * at - waiting;
      const split = 1 + (((range - 1) * probability) >> 8);
      const isSet = value >>> waiting >= split;
      if (isSet) {
        value -= split << waiting;
        range -= split;
      } else range = split;
      const shift = Math.clz32(range) - 24;
      range <<= shift;
      waiting -= shift;
      return isSet ? 1 : 0;
    },
    needed: () => Math.ceil(looked / 8),
    isBroken: () => looked > 8 * bytes.length || bytes[0] === 255,
  };
}
