import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readWhole } from '../../../src/concurrency/read-whole.ts';

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
