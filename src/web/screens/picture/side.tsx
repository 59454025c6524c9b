import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Outcome } from '../../../client/index.ts';
import type { RouteOutput } from '../../../contract/contract.ts';
import { hasTrash } from '../../state/bed.ts';
import { takeDrops } from '../../state/drop-takers.ts';
import type { Place } from '../../state/private-images.ts';
import { tell } from '../../state/toasts.ts';
import { isOwn, type ReplacedImage, rollBack } from '../../state/versions.ts';
import type { KnownImage } from '../../state/words.ts';
import { textsNow, useTexts } from '../../texts/texts.ts';
import { Deeds } from './deeds.tsx';
import { Facts, Links } from './facts.tsx';
import { Replace, takeOne } from './replace.tsx';
import { Said, Unknown } from './said.tsx';
import { Versions } from './versions.tsx';

interface SideProps {
  readonly at: Place;
  readonly stat: RouteOutput<'object/statObject'>;
  /** Absent where the bed keeps no records. */
  readonly known: Outcome<KnownImage> | undefined;
  /** Where the picture is seen, and another can be dropped on it. */
  readonly stage: RefObject<HTMLElement | null>;
  readonly onRemove: () => void;
  readonly onChange: () => void;
}

/** Everything about an image. */
export function Side({ at, stat, known, stage, onRemove, onChange }: SideProps) {
  const image = known?.ok === true ? known.data : undefined;
  const { etag } = stat;
  const [isReplacing, setReplacing] = useState<{ readonly by: File | undefined }>();
  const own = image !== undefined && isOwn(image) ? image : undefined;
  useDrops(stage, own && ((by) => setReplacing({ by })));
  const tellBecame = async ({ imageId, versionId }: ReplacedImage, text: string): Promise<void> => {
    onChange();
    const { undo } = textsNow().do;
    const isUndone = await tell(text, versionId === undefined ? {} : { undo });
    if (!isUndone || versionId === undefined) return;
    await rollBack(imageId, versionId).then(onChange, (error: Error) => tell(error.message, { kind: 'failed' }));
  };
  return (
    <>
      <Deeds
        place={at}
        url={stat.url}
        imageId={image?.imageId}
        onReplace={own && (() => setReplacing({ by: undefined }))}
        onRemove={onRemove}
      />
      {image !== undefined && <Said key={image.imageId} known={image} onSaved={onChange} />}
      {known?.ok === false && <Unknown error={known.error} />}
      <Links place={at} stat={stat} />
      <Facts place={at} stat={stat} />
      {own !== undefined && hasTrash() && (
        <Versions
          key={own.imageId}
          imageId={own.imageId}
          etag={etag}
          onRolledBack={(became) => tellBecame(became, textsNow().versions.rolledBack)}
        />
      )}
      {own !== undefined && isReplacing !== undefined && (
        <Replace
          image={own}
          etag={etag}
          first={isReplacing.by}
          onReplaced={(became) => tellBecame(became, textsNow().versions.replaced)}
          onClose={() => setReplacing(undefined)}
        />
      )}
    </>
  );
}

/** Takes the one file that is dropped on a picture, where another may take its place. */
function useDrops(stage: RefObject<HTMLElement | null>, take: ((file: File) => void) | undefined): void {
  const { dropNow } = useTexts().versions;
  useEffect(() => {
    if (take === undefined) return undefined;
    const isOver = (target: EventTarget | null): boolean =>
      target instanceof Node && stage.current?.contains(target) === true;
    return takeDrops({ text: dropNow, isOver, take: takeOne(take) });
  });
}
