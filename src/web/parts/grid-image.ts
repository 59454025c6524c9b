/** What the grid must know of an image. */
export interface GridImage {
  /** By which it is told from the others. */
  readonly name: string;
  readonly url: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly etag?: string | undefined;
  readonly thumbhash?: string | undefined;
  readonly color?: string | undefined;
}
