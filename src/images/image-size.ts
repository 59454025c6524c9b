/** How large an image is as it is drawn; `pixels` over all frames where frames differ in size. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly pixels?: number;
}

/** Refuses a size that is beyond the limits; called as soon as a header says one, and again when it grows. */
export type CheckSize = (size: ImageSize) => void;
