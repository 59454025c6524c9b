/** A format that no browser shows, or not every one, and that can be made into one that all do. */
export type ConvertibleFormat = 'heic' | 'tiff' | 'bmp' | 'ico';

/** What an image held beside its picture, and the conversion leaves behind. */
export type LeftBehind = 'gps' | 'camera' | 'exif' | 'xmp' | 'iptc' | 'comment' | 'thumbnail' | 'other';

/** What was made of an image. */
export interface Converted {
  /** As browsers show it: nothing is left to be turned. */
  readonly bytes: Uint8Array;
  readonly contentType: 'image/png' | 'image/jpeg';
  /** In any order, each once. */
  readonly leftBehind: readonly LeftBehind[];
}

/** Makes images that browsers show of those that they do not. */
export interface ImageConverter {
  /** What it takes, by what is installed. */
  readonly formats: ReadonlySet<ConvertibleFormat>;
  /** Bytes of the largest source. */
  readonly maxBytes: number;
  /**
   * Converts the one picture that viewers show: the first page, the largest icon, the primary image. What has alpha or came
   * without loss becomes a PNG of the same pixels, in eight bits and sRGB; a photo becomes a JPEG with its own colours.
   * One image is converted at a time, and the event loop is not held up by it. `read` is called when its turn has come.
   *
   * @throws {AppError} InvalidImage when it cannot be decoded, EntityTooLarge when its header says more pixels than are
   * converted, TooManyRequests when too many wait, ServiceUnavailable when it takes too long
   */
  convert(format: ConvertibleFormat, read: () => Promise<Uint8Array>): Promise<Converted>;
}
