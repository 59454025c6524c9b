import { type LinkFormat, toLinks } from '../../../naming/link-format.ts';
import { BedImage } from '../../parts/bed-image.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import type { PastUpload } from '../../state/history.ts';
import { toHref } from '../../state/location.ts';

interface HistoryRowProps {
  readonly image: PastUpload;
  readonly linkFormat: LinkFormat;
}

/** An image of an earlier upload. */
export function HistoryRow({ image, linkFormat }: HistoryRowProps) {
  const { bucketName, objectName, url, name } = image;
  const link = toLinks({ url, name })[linkFormat];
  return (
    <li class="upload-row">
      <div class="thumb">
        <BedImage place={{ bucketName, objectName }} url={url} preset="thumb" alt="" />
      </div>
      <div class="grow stack tight">
        <a class="cut" href={toHref('picture', bucketName, ...objectName.split('/'))}>
          {name}
        </a>
        <code class="cut link">{link}</code>
      </div>
      <CopyButton text={link} />
    </li>
  );
}
