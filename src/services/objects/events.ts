import type { Place } from './object-reader.ts';

/** An image at one side of a change. */
export interface ChangedImage extends Place {
  /** Absent for what came into the bucket past the service. */
  readonly ownerId: string | undefined;
  /** In bytes. */
  readonly size: number;
  readonly contentType: string;
  /** The object's own: its id, what is known of the picture, and what the user wanted kept beside it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * What somebody did to an image. `replaced` is what stood there before, whoever's it was; who was given one has it where it
 * was. What was `replaced` by another picture is a version of the same image, and lies in the trash. What was put into the trash may be restored, and is purged in the end.
 */
export type ObjectChange = { readonly actorId: string } & (
  | { readonly kind: 'stored'; readonly image: ChangedImage; readonly replaced?: ChangedImage | undefined }
  | {
      readonly kind: 'copied' | 'moved';
      readonly source: ChangedImage;
      readonly image: ChangedImage;
      readonly replaced?: ChangedImage | undefined;
    }
  | { readonly kind: 'given'; readonly source: ChangedImage; readonly image: ChangedImage }
  | { readonly kind: 'replaced'; readonly image: ChangedImage; readonly replaced: ChangedImage }
  | { readonly kind: 'removed'; readonly image: ChangedImage }
  | { readonly kind: 'trashed'; readonly image: ChangedImage }
  | { readonly kind: 'restored'; readonly image: ChangedImage }
  | { readonly kind: 'purged'; readonly image: ChangedImage }
);

/** A change as it is told. */
export type ObjectEvent = ObjectChange & {
  /** A ULID, by which who hears of a change twice knows it again. */
  readonly changeId: string;
};

/** Hears of every change once, when it is done; the call that made it waits. */
export type ObjectListener = (event: ObjectEvent) => void | Promise<void>;

/** The seam behind every change of an image: usage, audit, library, variants and webhooks listen here. */
export interface ObjectEvents {
  on(listener: ObjectListener): void;
  /** Tells all listeners, in the order in which they came; the first that fails fails the call. */
  emit(change: ObjectChange): Promise<void>;
}

/** Creates the seam. @param newId makes the ULID of a change */
export function createObjectEvents(newId: () => string): ObjectEvents {
  const listeners: ObjectListener[] = [];
  return {
    on: (listener) => void listeners.push(listener),
    emit: async (change) => {
      const event = { ...change, changeId: newId() };
      for (const listener of listeners) await listener(event);
    },
  };
}

/** Where there is another image now, or none. */
export function placesLeft(event: ObjectEvent): readonly Place[] {
  if (event.kind === 'removed' || event.kind === 'trashed') return [event.image];
  if (event.kind === 'given' || event.kind === 'restored' || event.kind === 'purged') return [];
  const replaced = event.replaced === undefined ? [] : [event.replaced];
  return event.kind === 'moved' ? [event.source, ...replaced] : replaced;
}

/** Where a change was. */
export const placesOf = (event: ObjectEvent): readonly Place[] =>
  ('source' in event ? [event.source, event.image] : [event.image]).map(({ bucketName, objectName }) => ({
    bucketName,
    objectName,
  }));
