import { fileNameOf } from '../../naming/key.ts';
import { toLinks } from '../../naming/link-format.ts';
import { copyText } from '../state/clipboard.ts';
import { settings } from '../state/settings.ts';
import { textsNow } from '../texts/texts.ts';
import type { GridImage } from './grid-image.ts';

/** Copies the links of what is selected, in the format that is remembered. */
export function copyLinks(images: readonly GridImage[], names: ReadonlySet<string>): void {
  const { linkFormat } = settings.value;
  const links = images.flatMap(({ name, url }) => {
    const shown = fileNameOf(name);
    return names.has(name) ? [toLinks({ url, name: shown })[linkFormat]] : [];
  });
  void copyText(links.join('\n'), textsNow().library.copiedLinks(links.length));
}
