// A page of a mini-program: picks images, uploads them with progress, lists and removes what is there. Compiled by `tsc -p test/wx`,
// and run by test/suites/mini-program.suite.ts through the emulator.
import { createAborter, createWxClient, type WxBed } from '../../../src/client/wx/index.ts';

/** Where the bed is: its address, or in the program's own environment `{ cloud: {} }`. */
export const openBed = (): WxBed => createWxClient({ url: 'https://img.example.com/imagepic' });

/** What the page does when its buttons are tapped. */
export function createActions(bed: WxBed) {
  const aborter = createAborter();
  return {
    upload: async (): Promise<readonly string[]> => {
      const chosen = await wx.chooseMedia({ count: 9, mediaType: ['image'] });
      const images = await bed.upload(chosen, {
        folder: 'mini',
        compress: { quality: 60 },
        signal: aborter.signal,
      });
      await wx.setClipboardData({ data: images.map(({ url }) => url).join('\n') });
      return images.map(({ objectName }) => objectName);
    },
    stop: (): void => aborter.abort(),
    list: async (): Promise<readonly string[]> => {
      const { lists } = await bed.object.listObjects({ prefix: 'mini/', recursive: true });
      return lists.flatMap((entry) => ('name' in entry ? [entry.name] : []));
    },
    remove: (objectName: string) => bed.object.removeObject({ objectName }),
  };
}

/** The platform's own `wx` is what the client takes. */
export const onPhone = createWxClient({ wx, cloud: { name: 'imagepic' } });
