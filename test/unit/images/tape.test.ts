import { describe, expect, it } from 'vitest';
import { createTape } from '../../../src/images/tape.ts';
import { inPieces } from '../../support/images/scrub.ts';

function open(text: string, lengths: readonly number[] = [4]) {
  const written: Uint8Array[] = [];
  const tape = createTape(inPieces(Buffer.from(text), lengths), (chunk) => void written.push(chunk));
  const output = async () => {
    await tape.flush();
    return Buffer.concat(written).toString();
  };
  return { tape, written, output };
}

describe('Tape', () => {
  it.each([[[1]], [[2, 3]], [[100]]])(
    'keeps, drops, erases and inserts in order, from pieces of %j',
    async (lengths) => {
      const { tape, output } = open('abcdefghijklmnop', lengths);
      await tape.keep(3);
      await tape.drop(2);
      await tape.insert(Buffer.from('<>'));
      await tape.keep(4);
      await tape.zero(3);
      await tape.keep(2);
      expect(tape.position()).toBe(14);
      expect(await output()).toBe('abc<>fghi\0\0\0mn');
    },
  );

  it('shows what is next without passing it, across pieces', async () => {
    const { tape, output } = open('abcdefghij', [3]);
    expect((await tape.peek(8)).toString()).toBe('abcdefgh');
    expect(tape.position()).toBe(0);
    await tape.keep(5);
    expect((await tape.peek(2)).toString()).toBe('fg');
    expect((await tape.peekUpTo(100)).toString()).toBe('fghij');
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
    const tape = createTape(counted(), () => {});
    await tape.peek(10);
    expect(pulled).toBe(1);
    await tape.peek(11);
    expect(pulled).toBe(2);
    await tape.drop(20);
    expect(pulled).toBe(2);
  });

  it('shows every byte that passes to a visitor once', async () => {
    const { tape } = open('abcdefghij', [3]);
    const seen: Buffer[] = [];
    await tape.peek(4);
    await tape.keep(5, (piece) => seen.push(Buffer.from(piece)));
    await tape.drop(4, (piece) => seen.push(Buffer.from(piece)));
    expect(Buffer.concat(seen).toString()).toBe('abcdefghi');
  });

  it.each(['peek', 'keep', 'drop', 'zero'] as const)('refuses to %s what the source has not', async (call) => {
    const { tape } = open('abc');
    await expect(tape[call](4)).rejects.toMatchObject({ name: 'ImageError', code: 'truncated' });
  });

  it('passes over empty pieces', async () => {
    async function* source() {
      yield Buffer.alloc(0);
      yield Buffer.from('a');
      yield Buffer.alloc(0);
      yield Buffer.from('b');
    }
    expect((await createTape(source(), () => {}).peek(2)).toString()).toBe('ab');
  });

  it('writes long stretches as views of the source and gathers short ones', async () => {
    const chunk = Buffer.alloc(10_000, 'x');
    const written: Uint8Array[] = [];
    async function* source() {
      yield chunk;
      yield* inPieces(Buffer.alloc(100), [1]);
    }
    const tape = createTape(source(), (piece) => void written.push(piece));
    await tape.keep(10_100);
    await tape.flush();
    expect(written.map(({ length }) => length)).toEqual([10_000, 100]);
    expect(written[0]?.buffer).toBe(chunk.buffer);
  });

  it('never writes again to bytes that it has written', async () => {
    const { tape, written } = open('a'.repeat(50_000), [100]);
    for (let turn = 0; turn < 500; turn += 1) {
      await tape.drop(100);
      await tape.insert(Buffer.from(String(turn).padStart(100, '0')));
    }
    await tape.flush();
    const expected = Array.from({ length: 500 }, (_, turn) => String(turn).padStart(100, '0')).join('');
    expect(Buffer.concat(written).toString()).toBe(expected);
    expect(written.length).toBeLessThan(10);
  });

  it('refuses an image that is all crumbs, but not a long one of many parts', async () => {
    const { tape } = open('a'.repeat(1000));
    for (let part = 0; part < 10_000; part += 1) tape.beginPart();
    expect(() => tape.beginPart()).toThrow(expect.objectContaining({ code: 'too-many-parts' }));
    const { tape: long } = open('a'.repeat(100_000), [50_000]);
    await long.drop(100_000);
    for (let part = 0; part < 10_090; part += 1) long.beginPart();
  });
});
