import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WxOptions } from '../../src/wx-emulator/index.ts';
import { streamLargePng } from '../support/large-png.ts';
import { buildExample, type ExampleBed } from '../support/mini-program.ts';
import { makePng } from '../support/png.ts';

/** A bed for the example, and what closes it. */
export interface OpenedExampleBed extends ExampleBed {
  close(): Promise<void>;
}

const pick =
  (...images: Uint8Array[]): NonNullable<WxOptions['pick']> =>
  () =>
    images.map((bytes) => ({ bytes, extension: 'png' }));
const noise = (): Buffer => makePng(30, 20, { noise: true });

/** States what the example mini-program does, whatever store its bed has. */
export function describeMiniProgram(name: string, open: () => Promise<OpenedExampleBed>): void {
  describe(`the example mini-program with ${name}`, () => {
    let opened: OpenedExampleBed;
    let run: Awaited<ReturnType<typeof buildExample>>;
    beforeAll(async () => {
      opened = await open();
      run = await buildExample(opened);
    });
    afterAll(() => opened?.close());

    it('uploads what was picked, copies the links, lists and removes', async () => {
      const { actions, wx } = await run({ pick: pick(noise(), noise()) });
      const names = await actions.upload();
      expect(names).toHaveLength(2);
      const links = (await wx.getClipboardData()).data.split('\n');
      expect(links).toEqual(names.map((each) => expect.stringMatching(new RegExp(`^https?://.*/${each}$`))));
      expect(await actions.list()).toEqual(expect.arrayContaining([...names]));
      for (const each of names) await actions.remove(each);
      expect(await actions.list()).not.toEqual(expect.arrayContaining([...names]));
    });

    it('stores once what the platform sends twice, and nothing where it is there already', async () => {
      const image = noise();
      const network: NonNullable<WxOptions['network']> = ({ retry }) => (retry === 0 ? 'lost' : undefined);
      const { bed, actions, phone } = await run({ network, networkRetries: 1, pick: pick(image) });
      const before = (await actions.list()).length;
      const path = phone.addTemporaryFile(image, 'png');
      expect(await bed.upload(path, { folder: 'mini' })).toMatchObject({ existed: false });
      expect(await bed.upload(path, { folder: 'mini' })).toMatchObject({ existed: true });
      expect((await actions.list()).length).toBe(before + 1);
    });

    it.each([5, 17])(
      'uploads %i MB past the form, in slices of the file, and tells how far it is',
      async (megabytes) => {
        const { bed, phone } = await run();
        const image = await buffer(streamLargePng(megabytes * 1024 ** 2));
        const phases: string[] = [];
        const onProgress = ({ phase }: { phase: string }) => phases.push(phase);
        const stored = await bed.upload(phone.addTemporaryFile(image, 'png'), {
          folder: 'large',
          onProgress,
        });
        expect(stored.size).toBe(image.length);
        expect([phases[0], phases.at(-1)]).toEqual(['sending', 'finishing']);
      },
    );

    it('stops when it is told to', async () => {
      const { actions } = await run({ pick: pick(noise()), network: () => ({ delayMs: 300 }) });
      const work = actions.upload();
      setTimeout(() => actions.stop(), 50);
      await expect(work).rejects.toThrow('AbortError');
    });
  });
}
