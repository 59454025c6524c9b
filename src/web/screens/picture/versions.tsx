import { Image, Undo2 } from 'lucide';
import { Button } from '../../parts/button.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Placeholder } from '../../parts/placeholder.tsx';
import { bed, imageNames } from '../../state/bed.ts';
import { daysLeft } from '../../state/trash.ts';
import { useAction } from '../../state/use-action.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { type ReplacedImage, rollBack, type Version } from '../../state/versions.ts';
import { showBytes, showNumber, showTime, useTexts } from '../../texts/texts.ts';

interface VersionsProps {
  readonly imageId: string;
  /** Of what it is now, with which what it was changes. */
  readonly etag: string;
  readonly onRolledBack: (replaced: ReplacedImage) => void;
}

/** What an image was before, and what makes it that again. */
export function Versions({ imageId, etag, onRolledBack }: VersionsProps) {
  const t = useTexts();
  const [told] = useLoaded((signal) => bed.image.listVersions({ imageId }, { signal }), [imageId, etag]);
  if (told.state === 'failed') return <Wrong error={told.error} />;
  if (told.state === 'loading' || told.value.length === 0) return null;
  return (
    <section class="stack tight" aria-label={t.versions.list}>
      <h2>{t.versions.list}</h2>
      <ul class="stack tight">
        {told.value.map((version) => (
          <Row key={version.versionId} version={version} imageId={imageId} onRolledBack={onRolledBack} />
        ))}
      </ul>
    </section>
  );
}

interface RowProps extends Omit<VersionsProps, 'etag'> {
  readonly version: Version;
}

function Row({ version, imageId, onRolledBack }: RowProps) {
  const t = useTexts();
  const { versionId, contentType, size, width, height, thumbhash } = version;
  const { run, isBusy, failure } = useAction(async () => onRolledBack(await rollBack(imageId, versionId)));
  const time = showTime(version.replacedAt);
  const facts = [
    ...(width !== undefined && height !== undefined ? [`${showNumber(width)} × ${showNumber(height)}`] : []),
    showBytes(size),
    imageNames([contentType]),
  ];
  return (
    <li class="stack tight">
      <div class="picture-version">
        <div class="picture-small">
          {thumbhash === undefined ? <Icon of={Image} /> : <Placeholder thumbhash={thumbhash} color={undefined} />}
        </div>
        <div class="grow">
          <p>{t.versions.at(time)}</p>
          <p class="small soft">{facts.join(' · ')}</p>
          <div class="row apart">
            <span class="small soft">{t.trash.daysLeft(daysLeft(version, Date.now()))}</span>
            <Button
              icon={Undo2}
              label={t.versions.rollBack}
              name={t.versions.rollBackTo(time)}
              disabled={isBusy}
              onClick={run}
            />
          </div>
        </div>
      </div>
      <Wrong error={failure} />
    </li>
  );
}
