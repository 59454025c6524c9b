import type { Place } from './object-reader.ts';

/** An image as far as books are kept of it. */
export interface BookedImage extends Place {
  /** Absent for what came into the bucket past the service. */
  readonly ownerId: string | undefined;
  readonly size: number;
}

/** What somebody did to an image. `replaced` is what stood there before, whoever's it was. */
export type ObjectEvent = { readonly actorId: string } & (
  | { readonly kind: 'stored'; readonly image: BookedImage; readonly replaced?: BookedImage | undefined }
  | {
      readonly kind: 'copied' | 'moved';
      readonly source: BookedImage;
      readonly image: BookedImage;
      readonly replaced?: BookedImage | undefined;
    }
  | { readonly kind: 'removed'; readonly image: BookedImage }
);

/** Hears of every change once, when it is done; the call that made it waits. */
export type ObjectListener = (event: ObjectEvent) => void | Promise<void>;

/** The seam behind every change of an image: usage, audit, library, variants and webhooks listen here. */
export interface ObjectEvents {
  on(listener: ObjectListener): void;
  /** Tells all listeners, in the order in which they came; the first that fails fails the call. */
  emit(event: ObjectEvent): Promise<void>;
}

/** Creates the seam. */
export function createObjectEvents(): ObjectEvents {
  const listeners: ObjectListener[] = [];
  return {
    on: (listener) => void listeners.push(listener),
    emit: async (event) => {
      for (const listener of listeners) await listener(event);
    },
  };
}

/** Where there is another image now, or none. */
export function placesLeft(event: ObjectEvent): readonly Place[] {
  if (event.kind === 'removed') return [event.image];
  const replaced = event.replaced === undefined ? [] : [event.replaced];
  return event.kind === 'moved' ? [event.source, ...replaced] : replaced;
}
