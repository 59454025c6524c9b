import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import type { Place } from '../objects/object-reader.ts';
import { EXPIRED, EXPIRIES } from './record-collections.ts';

/** An image whose time has come. */
interface Due {
  readonly imageId: string;
  readonly at: number;
}

/** When images go by themselves, and where some that are gone were. What a record says decides; this is what is looked at in time. */
export interface Expiries {
  /** Notes when an image is to go; forgets it where that is `undefined`. */
  note(imageId: string, at: Date | undefined): Promise<void>;
  /** When an image is to go, as far as that is noted. */
  find(imageId: string): Promise<Date | undefined>;
  /** Images whose time has come, of one page of all that have one. */
  listDue(now: Date, after: string | undefined): Promise<{ readonly due: readonly Due[]; readonly after?: string }>;
  /** Notes that an image was there until its time had come. */
  bury(place: Place, at: Date): Promise<void>;
  /** Refuses a place whose image has gone by itself. @throws {AppError} ImageExpired */
  refuseExpired(place: Place): Promise<void>;
}

const PAGE = 200;

/** Creates them. */
export function createExpiries(documents: DocumentStore): Expiries {
  const expiries = openCollection(documents, EXPIRIES);
  const expired = openCollection(documents, EXPIRED);
  return {
    note: async (imageId, at) => {
      if (at === undefined) return expiries.remove(imageId.toLowerCase());
      await expiries.upsert(imageId.toLowerCase(), () => ({ imageId, at: at.getTime() }));
    },
    find: async (imageId) => {
      const noted = await expiries.read(imageId.toLowerCase());
      return noted && new Date(noted.at);
    },
    listDue: async (now, after) => {
      const page = await expiries.list({ after, limit: PAGE });
      const due = page.documents.map(({ doc }) => doc).filter(({ at }) => at <= now.getTime());
      // A page that leads to itself would never end.
      return page.after === undefined || page.after === after ? { due } : { due, after: page.after };
    },
    bury: async (place, at) => {
      await expired.upsert(toId(place), () => ({ at: at.getTime() }));
    },
    refuseExpired: async (place) => {
      const known = await expired.read(toId(place));
      if (known !== undefined) throw imageExpired(new Date(known.at).toISOString());
    },
  };
}

/** Tells whether it is noted of an image that it is to go. */
export const isToGo = async (documents: DocumentStore, imageId: string | undefined): Promise<boolean> =>
  imageId !== undefined && (await createExpiries(documents).find(imageId)) !== undefined;

const toId = ({ bucketName, objectName }: Place): string =>
  createHash('sha256')
    .update(JSON.stringify([bucketName, objectName]))
    .digest('hex');

const imageExpired = (expiredAt: string): AppError =>
  new AppError(
    'ImageExpired',
    { zh: `这张图片已于 ${expiredAt} 到期删除`, en: `The image went when its time had come, at ${expiredAt}` },
    { details: { expiredAt } },
  );
