import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readInto, readWhole } from '../../../src/concurrency/read-whole.ts';

it('reads all of a stream, also where there is nothing', async () => {
  expect(await readWhole(Readable.from([Buffer.from('ab'), Buffer.from('c')]))).toEqual(Buffer.from('abc'));
  expect(await readWhole(Readable.from([]))).toEqual(Buffer.alloc(0));
});

it('fails as the stream does, and closes it', async () => {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from('ab');
      throw new Error('the line was cut');
    })(),
  );
  await expect(readWhole(body)).rejects.toThrow('the line was cut');
  expect(body.destroyed).toBe(true);
});

describe('into a target', () => {
  const bodyOf = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

  it('reads chunk by chunk what cannot be read at once', async () => {
    const target = new Uint8Array(3);
    await readInto({ body: bodyOf('ab', 'c') }, target);
    expect(Buffer.from(target).toString()).toBe('abc');
  });

  it('leaves a body alone that fills the target by itself', async () => {
    const target = new Uint8Array(3);
    const body = bodyOf('abc');
    await readInto({ body, fill: async (bytes) => void bytes.fill(7) }, target);
    expect(target).toEqual(Uint8Array.of(7, 7, 7));
    expect(body.readableDidRead).toBe(false);
  });

  it.each([
    ['more', ['ab', 'cd'], /more bytes/],
    ['fewer', ['ab'], /fewer bytes/],
  ])('refuses %s bytes than were told, and closes what it reads', async (_, chunks, message) => {
    const body = bodyOf(...chunks);
    await expect(readInto({ body }, new Uint8Array(3))).rejects.toThrow(message);
    expect(body.destroyed).toBe(true);
  });
});
