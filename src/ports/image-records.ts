/** What is known of one image, beside its object. Texts that nobody has given are empty. */
export interface ImageRecord {
  /** A ULID, which stays with the image wherever it moves. */
  readonly imageId: string;
  readonly bucket: string;
  readonly key: string;
  /** Absent where nobody owns it. */
  readonly ownerId?: string;
  /** Up to 1,024 UTF-16 units, as is `originalName`. */
  readonly title: string;
  readonly originalName: string;
  /** Up to 10,000 UTF-16 units. */
  readonly description: string;
  /** Up to 100 different ones of 1–200 UTF-16 units each. */
  readonly tags: readonly string[];
  /** Up to 1,000 different ones of 1–100 UTF-16 units each. */
  readonly albumIds: readonly string[];
  readonly contentType: string;
  /** In bytes. */
  readonly size: number;
  /** In pixels; both absent where they are not known. */
  readonly width?: number;
  readonly height?: number;
  /** How many pictures an animation has, 1 for a still one; absent where that is not known. */
  readonly frames?: number;
  /** Of the stored bytes, in lower-case hex. */
  readonly sha256?: string;
  readonly thumbhash?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When the image is to go by itself. */
  readonly expiresAt?: Date;
  /** When it was put into the trash; absent while it is present. */
  readonly removedAt?: Date;
  /** Where its bytes lie while it is in the trash. */
  readonly trashKey?: string;
  /** Of which image it is what that was before, where it is no image of its own. */
  readonly versionOf?: string;
}

/** A record as it was read; `revision` changes with every write and never comes back. */
export interface StoredImageRecord extends ImageRecord {
  readonly revision: string;
}

/** All keys of a bucket that begin with `prefix`, which may be empty or end within a segment; or one key. */
export type ImagePlace =
  | { readonly bucket: string; readonly prefix: string }
  | { readonly bucket: string; readonly key: string };

/** Wider than high, higher than wide, or neither. */
export type ImageOrientation = 'landscape' | 'portrait' | 'square';

/** Which images: those that everything given holds of. */
export interface ImageFilter {
  /** In any of these; in none where the list is empty. At most 100. */
  readonly within: readonly ImagePlace[];
  readonly owner?: string;
  /**
   * Words, each of which is part of the file name, the original name, the title, a tag or the description, whatever its
   * case, width or composition. Where words begin and end is for the language to say, so Chinese needs no spaces. Of a
   * record its first 8,000 characters are searched, and of a question its first 256 characters and 16 words.
   */
  readonly text?: string;
  /** All of these, at most 16. */
  readonly tags?: readonly string[];
  readonly album?: string;
  /** The content type. */
  readonly type?: string;
  /** Of the stored bytes, in lower-case hex. */
  readonly sha256?: string;
  /** In bytes, both of them included. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** In pixels. Of an image whose width and height are not known neither this nor an orientation holds. */
  readonly minWidth?: number;
  readonly orientation?: ImageOrientation;
  /** Created at this moment or later, and before `to`. */
  readonly from?: Date;
  readonly to?: Date;
  /** Those that are there, or those in the trash. */
  readonly state: 'present' | 'removed';
}

/**
 * `newest` and `oldest` by the time of creation, `name` by the first 100 characters of the file name in lower case,
 * character by character, `size` from the largest and `smallest` from the smallest. What is equal goes by its id, in the same direction.
 */
export type ImageOrder = 'newest' | 'oldest' | 'name' | 'size' | 'smallest';

/** One page of a search. */
export interface ImageSearch extends ImageFilter {
  readonly order: ImageOrder;
  /** Where the page before ended. */
  readonly after?: string;
  /** How many are passed over before the page begins, at most 10,000; none where it is absent. */
  readonly offset?: number;
  /** 1–1,000. */
  readonly limit: number;
}

/** What a search found; `after` is absent on the last page. */
export interface ImagePage {
  readonly images: readonly StoredImageRecord[];
  readonly after?: string;
}

/** How many images; beyond 10,000 an estimate, which is more than that. */
export interface ImageTotal {
  readonly images: number;
  readonly isExact: boolean;
}

/** What images are counted by: the day of creation in UTC (`2026-01-31`), the owner, the content type, the albums. */
export type ImageGrouping = 'day' | 'owner' | 'type' | 'album';

/** The images of one day, owner, type or album, and their bytes together. */
export interface ImageGroup {
  readonly value: string;
  readonly images: number;
  readonly size: number;
}

/**
 * A record for every image, shared by every instance of the service.
 *
 * Absence is `undefined`, removing what is absent succeeds, and a write is durable, and found by every search, when its
 * promise resolves. Two records may name one place: who writes them sees to it that they do not.
 *
 * @throws {AppError} InvalidArgument for what no record or question can be
 * @throws {AppError} ServiceUnavailable when the store does not answer or a record is damaged
 * @throws {AppError} InsufficientStorage when there is no room; the old record stays intact
 */
export interface ImageRecords {
  /** Stores a new record; `false` when there is one of this id. Of many at once exactly one gets `true`. */
  put(record: ImageRecord): Promise<boolean>;

  get(imageId: string): Promise<StoredImageRecord | undefined>;

  /** Compare-and-set: stores the record when `revision` is still the stored one; `false` when it is not, or the record is gone. */
  replace(record: ImageRecord, revision: string): Promise<boolean>;

  /** With a revision only while that is the stored one; `false` where another one is. */
  remove(imageId: string, revision?: string): Promise<boolean>;

  /**
   * One page. Whatever changes between the pages, each image that matches all the while, and whose place in the order
   * stays, is on exactly one of them.
   */
  search(search: ImageSearch): Promise<ImagePage>;

  count(filter: ImageFilter): Promise<ImageTotal>;

  /**
   * Counts by groups, the largest first and those of one size by their value, at most `limit` (1–1,000). An image counts in
   * each of its albums, and in no group where it has no owner or album.
   */
  countBy(filter: ImageFilter, by: ImageGrouping, limit: number): Promise<readonly ImageGroup[]>;

  /** Resolves when the store answers; for the health check. */
  ping(): Promise<void>;

  /** Gives up its connections; absent where there are none. Nothing may be asked after it. */
  close?(): Promise<void>;
}
