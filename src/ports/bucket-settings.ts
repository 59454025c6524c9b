import type { JsonObject } from './document-store.ts';

/** Which browsers may talk to a bucket directly. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html */
export interface CorsRule {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
}

/**
 * What a store can be told about a whole bucket. Optional: a store without it has none of this.
 *
 * @throws {AppError} NotImplemented where the store knows the call but has no such thing, NoSuchBucket, ServiceUnavailable
 */
export interface BucketSettings {
  getCors(bucket: string): Promise<readonly CorsRule[]>;
  setCors(bucket: string, rules: readonly CorsRule[]): Promise<void>;
  /** The policy document; `undefined` when there is none. */
  getPolicy(bucket: string): Promise<JsonObject | undefined>;
  setPolicy(bucket: string, policy: JsonObject): Promise<void>;
  removePolicy(bucket: string): Promise<void>;
  /** The notification configuration in S3's own words; empty when there is none. */
  getNotification(bucket: string): Promise<JsonObject>;
  setNotification(bucket: string, configuration: JsonObject): Promise<void>;
  removeNotification(bucket: string): Promise<void>;
  /** Whether the store has such a thing and shows it to our key, whatever the bucket's says. */
  has(bucket: string, setting: 'policy' | 'lifecycle'): Promise<boolean>;
  /** Lets the store itself give up multipart uploads that nobody finished, after so many days. */
  abortStaleUploads(bucket: string, days: number): Promise<void>;
}
