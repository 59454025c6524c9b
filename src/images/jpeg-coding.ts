// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (A.2: how a picture is cut into blocks; B.2.3: scan headers)
import { type BlockReader, createSequentialReader, toCoefficient, toDifference } from './jpeg-blocks.ts';
import { type Codes, type CodeTable, readCodes, type ToEntry, toCodeTable } from './jpeg-codes.ts';
import {
  type Band,
  createBitReader,
  createDifferenceReader,
  createRefinementReader,
  createSpectralReader,
  type Known,
  toRefinement,
  toSpectral,
} from './jpeg-passes.ts';

/** Baseline, extended and progressive; arithmetic coding is not read. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const PROGRESSIVE = 0xc2;
const MAX_UNIT = 10;
const LAST = 63;
const MAX_LOW = 13;
const OTHERS = 0x10;
/** Blocks of a progressive picture whose coefficients are remembered, in 32 MiB: 178 megapixels of 4:2:0. */
const MAX_KNOWN_BLOCKS = 4 * 1024 ** 2;
/** Scans of a progressive picture say nothing of many blocks in few bytes: so many go over each block that its first scan says. */
const MAX_REFINEMENTS = 40;

interface Component {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  /** Blocks in a scan of its own. */
  readonly blocks: number;
  known?: Known;
}

interface Frame {
  readonly progressive: boolean;
  readonly components: readonly Component[];
  /** Units of all components, which a scan of several is cut into. */
  readonly units: number;
  readonly blocks: number;
}

/** A scan that can be read: by restart intervals, of which the last may be shorter. */
export interface Scan {
  readonly reader: BlockReader;
  readonly blocks: number;
  /** Blocks between restarts; 0 without. */
  readonly interval: number;
}

/** What decodes the scans of a JPEG, as its segments say it. */
export interface Coding {
  setFrame(code: number, data: Buffer): void;
  setCodes(data: Buffer): void;
  setRestart(data: Buffer): void;
  /** What a scan header begins; nothing where the scan cannot be read. */
  begin(header: Buffer): Scan | undefined;
  /** Says that a scan was not read to its end: what refines it cannot be read either. */
  lose(): void;
}

interface Member {
  readonly component: Component;
  readonly first: number;
  readonly others: number;
}

interface Header extends Band {
  readonly members: readonly Member[];
  readonly high: number;
  readonly low: number;
}

const count = (size: number, factor: number, most: number): number => Math.ceil((size * factor) / (8 * most));

function parseFrame(code: number, data: Buffer): Frame {
  const [height, width] = [data.readUInt16BE(1), data.readUInt16BE(3)];
  const raw = Array.from({ length: data.readUInt8(5) }, (_, index) => {
    const [id = 0, factors = 0] = data.subarray(6 + 3 * index);
    return { id, across: factors >> 4, down: factors & 15 };
  });
  const across = Math.max(...raw.map((each) => each.across));
  const down = Math.max(...raw.map((each) => each.down));
  const components = raw.map((each) => ({
    ...each,
    blocks: count(width, each.across, across) * count(height, each.down, down),
  }));
  return {
    progressive: code === PROGRESSIVE,
    components,
    units: count(width, 1, across) * count(height, 1, down),
    blocks: components.reduce((sum, { blocks }) => sum + blocks, 0),
  };
}

function parseHeader(data: Buffer, { components }: Frame): Header | undefined {
  const at = 1 + 2 * data.readUInt8(0);
  const members: Member[] = [];
  for (let index = 1; index < at; index += 2) {
    const found = components.filter(({ id }) => id === data.readUInt8(index));
    const tables = data.readUInt8(index + 1);
    const [component] = found;
    if (component === undefined || found.length > 1 || members.some((member) => member.component === component)) return;
    members.push({ component, first: tables >> 4, others: OTHERS | (tables & 15) });
  }
  const bits = data.readUInt8(at + 2);
  return { members, start: data.readUInt8(at), end: data.readUInt8(at + 1), high: bits >> 4, low: bits & 15 };
}

const isWhole = ({ start, end, high, low }: Header): boolean => start === 0 && end === LAST && high === 0 && low === 0;

function isPass({ start, end, high, low, members }: Header): boolean {
  const band = start === 0 ? end === 0 : start <= end && end <= LAST && members.length === 1;
  return band && low <= MAX_LOW && (high === 0 || high === low + 1);
}

/** Repeats what each member says for as many blocks as it has in a unit; alone, it is a unit by itself. */
function inTurns<T>(members: readonly Member[], each: (member: Member) => T | undefined): readonly T[] | undefined {
  const turns: T[] = [];
  for (const member of members) {
    const { across, down } = member.component;
    const turn = each(member);
    if (turn === undefined) return undefined;
    for (let left = members.length === 1 ? 1 : across * down; left > 0; left -= 1) turns.push(turn);
  }
  return turns.length > MAX_UNIT ? undefined : turns;
}

/** How many blocks a scan has, and a unit of it: those of one component are none but its own. */
function measure({ members }: Header, { units }: Frame): { readonly blocks: number; readonly unit: number } {
  const [alone, second] = members;
  if (alone !== undefined && second === undefined) return { blocks: alone.component.blocks, unit: 1 };
  const unit = members.reduce((sum, { component }) => sum + component.across * component.down, 0);
  return { blocks: units * unit, unit };
}

/** Creates what reads the scans of one JPEG. */
export function createCoding(): Coding {
  const tables = new Map<number, Codes>();
  let frame: Frame | undefined;
  let restart = 0;
  let refinements = 0;
  let isLost = false;

  const table = (id: number, toEntry: ToEntry): CodeTable | undefined => {
    const codes = tables.get(id);
    return codes && toCodeTable(codes, toEntry);
  };

  function sequentialReader(header: Header): BlockReader | undefined {
    if (!isWhole(header)) return undefined;
    const { members } = header;
    const turns = inTurns(members, (member) => {
      const first = table(member.first, toDifference);
      const others = table(member.others, toCoefficient);
      return first && others && { first, others };
    });
    return turns && createSequentialReader(turns);
  }

  function firstReader({ members, high }: Header, blocks: number): BlockReader | undefined {
    if (high > 0) return createBitReader();
    const turns = inTurns(members, (member) => table(member.first, toDifference));
    refinements += MAX_REFINEMENTS * blocks;
    return turns && createDifferenceReader(turns);
  }

  function otherReader(header: Header, all: number): BlockReader | undefined {
    const [member] = header.members;
    if (member === undefined || all > MAX_KNOWN_BLOCKS) return undefined;
    const { component } = member;
    refinements -= component.blocks;
    const codes = table(member.others, header.high > 0 ? toRefinement : toSpectral(header.low));
    if (codes === undefined || refinements < 0 || (isLost && header.high > 0)) return undefined;
    component.known ??= new Uint32Array(2 * component.blocks);
    const create = header.high > 0 ? createRefinementReader : createSpectralReader;
    return create({ start: header.start, end: header.end }, codes, component.known);
  }

  function progressiveReader(header: Header, blocks: number, all: number): BlockReader | undefined {
    if (!isPass(header)) return undefined;
    return header.start === 0 ? firstReader(header, blocks) : otherReader(header, all);
  }

  return {
    setFrame(code, data) {
      frame = FRAMES.has(code) ? parseFrame(code, data) : undefined;
    },
    setCodes(data) {
      for (const [id, codes] of readCodes(data)) tables.set(id, codes);
    },
    setRestart(data) {
      restart = data.readUInt16BE(0);
    },
    begin(data) {
      const header = frame && parseHeader(data, frame);
      if (frame === undefined || header === undefined) return undefined;
      const { blocks, unit } = measure(header, frame);
      const reader = frame.progressive ? progressiveReader(header, blocks, frame.blocks) : sequentialReader(header);
      return reader && { reader, blocks, interval: restart * unit };
    },
    lose() {
      isLost = true;
    },
  };
}
