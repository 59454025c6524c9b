import { useEffect } from 'preact/hooks';
import { fileNameOf } from '../../../naming/key.ts';
import { findMore, found, openFound, toFoundName } from '../../state/found.ts';
import { listing, loadMore, openListing } from '../../state/listing.ts';
import { toAskedHref } from '../../state/location.ts';
import type { Place } from '../../state/private-images.ts';
import { useStore } from '../../state/store.ts';

/** The folder that an image is in: empty, or with a slash at its end. */
export const toFolder = (objectName: string): string =>
  objectName.slice(0, objectName.length - fileNameOf(objectName).length);

/** The parts of a name, as they are parts of an address. */
export const toParts = (objectName: string): readonly string[] => objectName.split('/');

/** Where an image is looked at, among those that answer a question or those of its folder. */
export const toPictureHref = ({ bucketName, objectName }: Place, question: string | undefined): string =>
  toAskedHref(question, 'picture', bucketName, ...toParts(objectName));

/** Those beside an image in its folder, or in what was found for a question; what is not read yet is read. */
export function useNeighbours({ bucketName, objectName }: Place, question: string | undefined) {
  const folder = toFolder(objectName);
  const isFound = question !== undefined;
  const listed = useStore(listing);
  const answer = useStore(found);
  useEffect(
    () => (isFound ? openFound(question) : openListing(bucketName, folder)),
    isFound ? [question, answer.question] : [bucketName, folder],
  );
  const { images, state, next } = isFound ? answer : listed;
  const name = isFound ? toFoundName({ bucketName, objectName }) : objectName;
  const index = images.findIndex((image) => image.name === name);
  useEffect(() => {
    const isNearEnd = index < 0 || index >= images.length - 2;
    if (state === 'ready' && next !== undefined && isNearEnd) void (isFound ? findMore() : loadMore());
  }, [isFound, index, state, next, images.length]);
  const placeAt = (at: number): Place | undefined => {
    if (isFound) return answer.images[at]?.place;
    const image = listed.images[at];
    return image && { bucketName, objectName: image.name };
  };
  return index < 0
    ? { previous: undefined, next: undefined }
    : { previous: placeAt(index - 1), next: placeAt(index + 1) };
}
