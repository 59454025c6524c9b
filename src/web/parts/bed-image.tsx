import { useEffect, useState } from 'preact/hooks';
import { loadPrivate, lookIfPrivate, type Place, privateBuckets } from '../state/private-images.ts';
import { toShownAddress } from '../state/renewed.ts';
import { makesVariants, type Preset, toAddress } from '../state/variants.ts';
import { Placeholder } from './placeholder.tsx';

interface BedImageProps {
  readonly place: Place;
  /** Of the image as it was stored. */
  readonly url: string;
  readonly alt: string;
  /** The size that is enough, where the bed makes others. */
  readonly preset?: Preset | undefined;
  readonly etag?: string | undefined;
  readonly thumbhash?: string | undefined;
  readonly color?: string | undefined;
  readonly isEager?: boolean;
  readonly onFailure?: () => void;
}

/** An image of the bed, and its colours until it is there; of a bucket that is private by way of a call, which says who asks. */
export function BedImage(props: BedImageProps) {
  const { place, url, alt, preset, etag, thumbhash, color, isEager, onFailure } = props;
  const { bucketName, objectName } = place;
  const [isPrivate, setPrivate] = useState(privateBuckets.value.has(bucketName));
  const [blobUrl, setBlobUrl] = useState<string>();
  const [isThere, setThere] = useState(false);
  const address = toAddress(place, preset, etag);
  useEffect(() => {
    if (!isPrivate) return undefined;
    const end = new AbortController();
    let made: string | undefined;
    loadPrivate(address, end.signal).then(
      (blob) => {
        void lookIfPrivate(bucketName, url);
        made = URL.createObjectURL(blob);
        setBlobUrl(made);
      },
      () => end.signal.aborted || onFailure?.(),
    );
    return () => {
      end.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [isPrivate, bucketName, objectName, address]);
  const isPublicVariant = preset !== undefined && makesVariants();
  const src = isPrivate ? blobUrl : isPublicVariant ? address : toShownAddress(url);
  return (
    <>
      {!isThere && <Placeholder thumbhash={thumbhash} color={color} />}
      {src !== undefined && (
        <img
          src={src}
          alt={alt}
          loading={isEager === true ? 'eager' : 'lazy'}
          decoding="async"
          draggable={false}
          onLoad={() => setThere(true)}
          onError={() => (isPrivate ? onFailure?.() : setPrivate(true))}
        />
      )}
    </>
  );
}
