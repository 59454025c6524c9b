import type { RemovedPart } from '../../images/index.ts';
import type { ConvertibleFormat } from '../../ports/image-converter.ts';

/** What an upload is told of what was done to it. */
export interface Removal {
  /** What it was before it was converted. */
  readonly convertedFrom?: ConvertibleFormat;
  /** What was taken out; neither this nor the next where nothing was. */
  readonly removed?: RemovedPart[];
  /** By how many bytes that made it smaller; 0 where they were overwritten in place. */
  readonly savedBytes?: number;
}

/** An image that has passed every check: scrubbed, measured, hashed, and held until the request is answered. */
export class ReceivedImage {
  /** The name that the client gave, as display text only. */
  readonly originalName: string | undefined;
  readonly contentType: string;
  readonly extension: string;
  /** The media type that it came in, where it was converted. */
  readonly cameAs?: string | undefined;
  /** As browsers show it. */
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Bytes of the scrubbed image. */
  readonly size: number;
  /** Bytes as they came in. */
  readonly receivedSize: number;
  /** What was taken out of it, each once. */
  readonly removed: RemovedPart[];
  /** What it was when it came in, where it was converted. */
  readonly convertedFrom?: ConvertibleFormat | undefined;
  /** Hex. */
  readonly sha256: string;
  readonly body: Uint8Array | { readonly size: number; readonly open: () => AsyncIterable<Uint8Array> };
  /** Gives up the held bytes; for whoever had the image received, once. */
  readonly discard: () => Promise<void>;

  constructor(image: ReceivedImage) {
    this.originalName = image.originalName;
    this.contentType = image.contentType;
    this.extension = image.extension;
    this.cameAs = image.cameAs;
    this.width = image.width;
    this.height = image.height;
    this.frames = image.frames;
    this.size = image.size;
    this.receivedSize = image.receivedSize;
    this.removed = image.removed;
    this.convertedFrom = image.convertedFrom;
    this.sha256 = image.sha256;
    this.body = image.body;
    this.discard = image.discard;
  }
}

/** Says what was done to an image. */
export const toRemoval = ({ removed, receivedSize, size, convertedFrom }: ReceivedImage): Removal => ({
  ...(convertedFrom !== undefined && { convertedFrom }),
  ...(removed.length > 0 && { removed, savedBytes: Math.max(0, receivedSize - size) }),
});
