/** How large an image is as its bytes draw it. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** How whoever shows the image turns it, by the numbers of EXIF; not at all where this is absent. */
  readonly orientation?: number | undefined;
  /** Of its largest frame, where that is not width × height. */
  readonly pixels?: number;
  /** Whether `frames` are those that have passed so far, and more may follow. */
  readonly counting?: boolean;
}

/** Refuses a size that is beyond the limits; called as soon as a header says one, and again when it grows. */
export type CheckSize = (size: ImageSize) => void;
