import { useEffect, useState } from 'preact/hooks';
import { loadPrivate, lookIfPrivate, type Place, privateBuckets } from '../state/private-images.ts';

interface BedImageProps {
  readonly place: Place;
  readonly url: string;
  readonly alt: string;
  readonly isEager?: boolean;
  readonly onSize?: (width: number, height: number) => void;
  readonly onFailure?: () => void;
}

/** An image of the bed; of a bucket that is private by way of a call, which says who asks. */
export function BedImage({ place, url, alt, isEager, onSize, onFailure }: BedImageProps) {
  const { bucketName, objectName } = place;
  const [isPrivate, setPrivate] = useState(privateBuckets.value.has(bucketName));
  const [blobUrl, setBlobUrl] = useState<string>();
  useEffect(() => {
    if (!isPrivate) return undefined;
    const end = new AbortController();
    let made: string | undefined;
    loadPrivate({ bucketName, objectName }, end.signal).then(
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
  }, [isPrivate, bucketName, objectName]);
  const src = isPrivate ? blobUrl : url;
  if (src === undefined) return null;
  return (
    <img
      src={src}
      alt={alt}
      loading={isEager === true ? 'eager' : 'lazy'}
      decoding="async"
      draggable={false}
      onLoad={({ currentTarget }) => onSize?.(currentTarget.naturalWidth, currentTarget.naturalHeight)}
      onError={() => (isPrivate ? onFailure?.() : setPrivate(true))}
    />
  );
}
