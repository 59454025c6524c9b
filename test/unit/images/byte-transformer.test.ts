import { describe, expect, it } from 'vitest';
import { createByteTransformer } from '../../../src/images/byte-transformer.ts';
import { inPieces } from '../../support/images/scrub.ts';

function open(text: string, lengths: readonly number[] = [4]) {
  const written: Uint8Array[] = [];
  const transformer = createByteTransformer(inPieces(Buffer.from(text), lengths), (chunk) => void written.push(chunk));
  const output = async () => {
    await transformer.flush();
    return Buffer.concat(written).toString();
  };
  return { transformer, written, output };
}

describe('ByteTransformer', () => {
  it.each([[[1]], [[2, 3]], [[100]]])(
    'keeps, drops, erases and inserts in order, from pieces of %j',
    async (lengths) => {
      const { transformer, output } = open('abcdefghijklmnop', lengths);
      await transformer.keep(3);
      await transformer.drop(2);
      await transformer.insert(Buffer.from('<>'));
      await transformer.keep(4);
      await transformer.zero(3);
      await transformer.keep(2);
      expect(transformer.position()).toBe(14);
      expect(await output()).toBe('abc<>fghi\0\0\0mn');
    },
  );

  it('shows what is next without passing it, across pieces', async () => {
    const { transformer, output } = open('abcdefghij', [3]);
    expect((await transformer.peek(8)).toString()).toBe('abcdefgh');
    expect(transformer.position()).toBe(0);
    await transformer.keep(5);
    expect((await transformer.peek(2)).toString()).toBe('fg');
    expect((await transformer.peekUpTo(100)).toString()).toBe('fghij');
    expect(await output()).toBe('abcde');
  });

  it('pulls no more than a call needs', async () => {
    let pulled = 0;
    async function* counted() {
      for await (const piece of inPieces(Buffer.alloc(100), [10])) {
        pulled += 1;
        yield piece;
      }
    }
    const transformer = createByteTransformer(counted(), () => {});
    await transformer.peek(10);
    expect(pulled).toBe(1);
    await transformer.peek(11);
    expect(pulled).toBe(2);
    await transformer.drop(20);
    expect(pulled).toBe(2);
  });

  it('shows every byte that passes to an observer once', async () => {
    const { transformer } = open('abcdefghij', [3]);
    const seen: Buffer[] = [];
    await transformer.peek(4);
    await transformer.keep(5, (piece) => seen.push(Buffer.from(piece)));
    await transformer.drop(4, (piece) => seen.push(Buffer.from(piece)));
    expect(Buffer.concat(seen).toString()).toBe('abcdefghi');
  });

  it.each(['peek', 'keep', 'drop', 'zero'] as const)('refuses to %s what the source has not', async (call) => {
    const { transformer } = open('abc');
    await expect(transformer[call](4)).rejects.toMatchObject({ name: 'ImageError', code: 'truncated' });
  });

  it('passes over empty pieces', async () => {
    async function* source() {
      yield Buffer.alloc(0);
      yield Buffer.from('a');
      yield Buffer.alloc(0);
      yield Buffer.from('b');
    }
    expect((await createByteTransformer(source(), () => {}).peek(2)).toString()).toBe('ab');
  });

  it('writes long stretches as views of the source and gathers short ones', async () => {
    const chunk = Buffer.alloc(10_000, 'x');
    const written: Uint8Array[] = [];
    async function* source() {
      yield chunk;
      yield* inPieces(Buffer.alloc(100), [1]);
    }
    const transformer = createByteTransformer(source(), (piece) => void written.push(piece));
    await transformer.keep(10_100);
    await transformer.flush();
    expect(written.map(({ length }) => length)).toEqual([10_000, 100]);
    expect(written[0]?.buffer).toBe(chunk.buffer);
  });

  it('never writes again to bytes that it has written', async () => {
    const { transformer, written } = open('a'.repeat(50_000), [100]);
    for (let turn = 0; turn < 500; turn += 1) {
      await transformer.drop(100);
      await transformer.insert(Buffer.from(String(turn).padStart(100, '0')));
    }
    await transformer.flush();
    const expected = Array.from({ length: 500 }, (_, turn) => String(turn).padStart(100, '0')).join('');
    expect(Buffer.concat(written).toString()).toBe(expected);
    expect(written.length).toBeLessThan(10);
  });

  it('refuses an image of too many small parts, but not a long one of many parts', async () => {
    const { transformer } = open('a'.repeat(1000));
    for (let part = 0; part < 10_000; part += 1) transformer.beginPart();
    expect(() => transformer.beginPart()).toThrow(expect.objectContaining({ code: 'too-many-parts' }));
    const { transformer: long } = open('a'.repeat(100_000), [50_000]);
    await long.drop(100_000);
    for (let part = 0; part < 10_090; part += 1) long.beginPart();
  });
});
