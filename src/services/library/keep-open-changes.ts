import { randomUUID } from 'node:crypto';
import { createBatches } from '../../concurrency/batches.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { isInDoubt } from '../objects/lost-answers.ts';
import type { Place } from '../objects/object-reader.ts';
import type { Mark, OpenChanges } from '../objects/open-changes.ts';
import { OPEN_CHANGES } from './record-collections.ts';

/** One note of the places of all changes that wanted one at the same time; it goes with the last of them. */
interface Note {
  readonly id: string;
  /** How many changes still need it. */
  open: number;
  /** Whether it is to stay, whatever becomes of the others. */
  isKept: boolean;
}

/** Creates the notes. Changes that wait for theirs together get one, which costs each of them a part of it. */
export function createOpenChanges(documents: DocumentStore, now: () => Date): OpenChanges {
  const marks = openCollection(documents, OPEN_CHANGES);
  const doubted = new Set<string>();

  /** Whether one of these places is doubted, which is then known. */
  const isDoubted = (places: readonly Place[]): boolean =>
    places.filter((place) => doubted.delete(toName(place))).length > 0;

  const write = createBatches(async (_name, wanted: readonly (readonly Place[])[]): Promise<readonly Note[]> => {
    const note: Note = { id: randomUUID(), open: wanted.length, isKept: false };
    await marks.create(note.id, { at: now().getTime(), places: wanted.flat() });
    return wanted.map(() => note);
  });

  /** Ends the part of one change in a note. What cannot be forgotten now is looked at once more. */
  const end = async (note: Note, isDone: boolean): Promise<void> => {
    note.open -= 1;
    note.isKept ||= !isDone;
    if (note.open === 0 && !note.isKept) await marks.remove(note.id).catch(() => undefined);
  };

  return {
    doubt: (place) => void doubted.add(toName(place)),
    during: async (change) => {
      const places: Place[] = [];
      const notes: Note[] = [];
      const mark: Mark = async (...added) => {
        const wanted = added.map(({ bucketName, objectName }) => ({ bucketName, objectName }));
        places.push(...wanted);
        notes.push(await write(OPEN_CHANGES.name, wanted));
      };
      const finish = async (isTold: boolean): Promise<void> => {
        const isDone = isTold && !isDoubted(places);
        await Promise.all(notes.map((note) => end(note, isDone)));
      };
      try {
        const result = await change(mark);
        await finish(true);
        return result;
      } catch (error) {
        await finish(isRefusal(error));
        throw error;
      }
    },
  };
}

const toName = ({ bucketName, objectName }: Place): string => `${bucketName}/${objectName}`;

/** What is refused was not done. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && !isInDoubt(error);
