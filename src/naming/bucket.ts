/** Bucket names as every S3 store takes them: 3–63 lower-case letters, digits, dots and hyphens. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The bucket of a bed that was told no other. */
export const DEFAULT_BUCKET = 'images';

/** Tells whether a bucket may be called so. */
export const isBucketName = (name: string): boolean => BUCKET_NAME.test(name);
