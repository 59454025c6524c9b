import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { isInDoubt } from '../objects/lost-answers.ts';
import type { Place } from '../objects/object-reader.ts';
import type { Mark, OpenChanges } from '../objects/open-changes.ts';
import { OPEN_CHANGES } from './record-collections.ts';

/** Creates the notes. */
export function createOpenChanges(documents: DocumentStore, now: () => Date): OpenChanges {
  const marks = openCollection(documents, OPEN_CHANGES);
  const doubted = new Set<string>();

  /** Whether one of these places is doubted, which is then known. */
  const isDoubted = (places: readonly Place[]): boolean =>
    places.filter((place) => doubted.delete(toName(place))).length > 0;

  return {
    doubt: (place) => void doubted.add(toName(place)),
    during: async (change) => {
      const id = randomUUID();
      const places: Place[] = [];
      const mark: Mark = async (...added) => {
        places.push(...added.map(({ bucketName, objectName }) => ({ bucketName, objectName })));
        await marks.upsert(id, () => ({ at: now().getTime(), places: [...places] }));
      };
      const forget = async (): Promise<void> => {
        // What cannot be forgotten now is looked at once more.
        if (places.length > 0) await marks.remove(id).catch(() => undefined);
      };
      try {
        const result = await change(mark);
        if (!isDoubted(places)) await forget();
        return result;
      } catch (error) {
        if (isRefusal(error) && !isDoubted(places)) await forget();
        throw error;
      }
    },
  };
}

const toName = ({ bucketName, objectName }: Place): string => `${bucketName}/${objectName}`;

/** What is refused was not done. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && !isInDoubt(error);
