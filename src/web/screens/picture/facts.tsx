import { useState } from 'preact/hooks';
import type { RouteOutput } from '../../../contract/contract.ts';
import { fileNameOf } from '../../../naming/key.ts';
import { LINK_FORMATS, toLinks } from '../../../naming/link-format.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { bed } from '../../state/bed.ts';
import { toHref } from '../../state/location.ts';
import { type Place, privateBuckets } from '../../state/private-images.ts';
import { useStore } from '../../state/store.ts';
import { useAction } from '../../state/use-action.ts';
import { showBytes, showNumber, showTime, useTexts } from '../../texts/texts.ts';
import { toFolder, toParts } from './neighbours.ts';

interface StatedImage {
  readonly place: Place;
  readonly stat: RouteOutput<'object/statObject'>;
}

/** The links of an image, in every format. */
export function Links({ place: { bucketName, objectName }, stat: { url, code } }: StatedImage) {
  const t = useTexts();
  const [temporary, setTemporary] = useState<string>();
  const isPrivate = useStore(privateBuckets).has(bucketName);
  const make = useAction(async () => setTemporary(await bed.object.presignedGetObject({ bucketName, objectName })));
  const links = toLinks({ url: temporary ?? url, name: fileNameOf(objectName) });
  const rows = LINK_FORMATS.map((format) => [t.upload.formats[format], links[format]] as const);
  // Other sizes of a private image are for members only.
  if (code !== undefined && !isPrivate) {
    rows.push([t.picture.responsive, code.picture], [t.picture.miniProgram, code.miniProgram]);
  }
  return (
    <section class="stack tight" aria-label={t.picture.links}>
      <h2>{t.picture.links}</h2>
      {isPrivate && temporary === undefined && (
        <div class="note stack tight">
          <p>{t.picture.temporaryHint}</p>
          <div>
            <Button label={t.picture.makeTemporary} onClick={make.run} disabled={make.isBusy} />
          </div>
        </div>
      )}
      <Wrong error={make.failure} />
      <ul class="stack tight">
        {rows.map(([name, text]) => (
          <li key={name} class="row picture-link">
            <span class="small soft">{name}</span>
            <code class="cut grow">{text}</code>
            <CopyButton isBare kind="quiet" text={text} label={`${t.do.copy}: ${name}`} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is known of its bytes. */
export function Facts({ place: at, stat }: StatedImage) {
  const t = useTexts();
  const { metaData } = stat;
  const { width = metaData['width'], height = metaData['height'] } = stat;
  const original = metaData['original-name'] ?? metaData['originalname'];
  const facts: readonly (readonly [string, string | undefined])[] = [
    [t.picture.name, fileNameOf(at.objectName)],
    [t.picture.original, original],
    [t.picture.place, `${at.bucketName}/${toFolder(at.objectName)}`],
    [t.picture.size, showBytes(stat.size)],
    [
      t.picture.dimensions,
      width !== undefined && height !== undefined
        ? t.picture.pixels(showNumber(Number(width)), showNumber(Number(height)))
        : undefined,
    ],
    [t.picture.type, metaData['content-type']],
    [t.picture.time, showTime(stat.lastModified)],
  ];
  return (
    <section class="stack tight" aria-label={t.do.details}>
      <h2>{t.do.details}</h2>
      <dl class="picture-facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt class="soft small">{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <a
        class="small"
        href={toHref('library', at.bucketName, ...toParts(toFolder(at.objectName)).filter((part) => part !== ''))}
      >
        {t.library.title}
      </a>
    </section>
  );
}
