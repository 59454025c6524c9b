/**
 * The closed table of error names. S3's own names where S3 has one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const STATUS_BY_CODE = {
  InvalidArgument: 400,
  WeakPassword: 400,
  InvalidRange: 416,
  InvalidToken: 401,
  InvalidCredentials: 401,
  AccessDenied: 403,
  QuotaExceeded: 403,
  NoSuchRoute: 404,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchUser: 404,
  MethodNotAllowed: 405,
  RequestTimeout: 408,
  AccountExists: 409,
  BindingExists: 409,
  RefreshRaced: 409,
  IdempotencyInFlight: 409,
  BucketAlreadyExists: 409,
  BucketNotEmpty: 409,
  ObjectExists: 409,
  ImageExpired: 410,
  EntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InvalidImage: 415,
  IdempotencyMismatch: 422,
  TooManyRequests: 429,
  InternalError: 500,
  NotImplemented: 501,
  ServiceUnavailable: 503,
  InsufficientStorage: 507,
} as const;

/** A stable machine name; clients may branch on it. */
export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** Languages that people's text is written in. */
export type Language = 'zh' | 'en';

/** One sentence for people, in every language. */
export type Text = Readonly<Record<Language, string>>;

/** A failure that the caller may be told about: `text` and `details` are safe to show, `cause` is for the log only. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly text: Text;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    text: Text,
    options: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(text.en, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.text = text;
    this.details = options.details ?? {};
  }
}
