/** Most parts of one upload, and so the highest number of a part. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MAX_PARTS = 10_000;

/** Largest object, in bytes. */
export const MAX_OBJECT_BYTES = 5 * 1024 ** 4;

/** Most keys that one request lists or removes. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const MAX_KEYS_AT_ONCE = 1000;

/** How long an address holds at most, in seconds. */
export const MAX_EXPIRY_SECONDS = 7 * 24 * 60 * 60;

/** Small enough for a few to be held in memory. */
const SMALLEST_PART_BYTES = 8 * 1024 * 1024;

/** How large the parts of an object are, so that there are no more than may be; the last may be smaller. */
export const toPartBytes = (size: number): number => Math.max(SMALLEST_PART_BYTES, Math.ceil(size / MAX_PARTS));
