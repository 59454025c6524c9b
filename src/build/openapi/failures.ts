import { toFailure } from '../../envelope.ts';
import { AppError, type ErrorCode, STATUS_BY_CODE, type Text } from '../../errors.ts';
import { bothOf, type Json } from './json-schema.ts';

/** What each refusal means; what is missing does not compile. */
export const MEANINGS: Readonly<Record<ErrorCode, Text>> = {
  InvalidArgument: { zh: '字段缺失、未知或不符合规范', en: 'a field is missing, unknown or wrong' },
  WeakPassword: { zh: '密码太常见或太容易猜', en: 'the password is too common or too easy to guess' },
  InvalidRange: { zh: 'Range 超出图片大小', en: 'the range lies beyond the image' },
  InvalidToken: { zh: '没有 token，或 token 无效、过期', en: 'there is no token, or it is no good' },
  InvalidCredentials: { zh: '手机号、密码或代码不对', en: 'the phone, the password or the code is wrong' },
  AccessDenied: { zh: '没有权限', en: 'the caller may not do this' },
  QuotaExceeded: { zh: '超出配额', en: 'the quota is used up' },
  NoSuchRoute: { zh: '没有这个路由', en: 'there is no such route' },
  NoSuchBucket: { zh: '没有这个存储桶', en: 'there is no such bucket' },
  NoSuchKey: { zh: '没有这个对象', en: 'there is no such object' },
  NoSuchUpload: { zh: '没有这个上传', en: 'there is no such upload' },
  NoSuchUser: { zh: '没有这个账号', en: 'there is no such account' },
  MethodNotAllowed: { zh: 'HTTP 方法不对', en: 'the path has no such method' },
  RequestTimeout: { zh: '请求到得太慢', en: 'the request came too slowly' },
  AccountExists: { zh: '手机号已注册', en: 'the phone has an account' },
  BindingExists: { zh: '已有绑定', en: 'there is a binding already' },
  RefreshRaced: { zh: '同时刷新了两次，请重试', en: 'two refreshed at once; try again' },
  IdempotencyInFlight: { zh: '同一幂等键的请求还在进行', en: 'a call with this idempotency key is under way' },
  BucketAlreadyExists: { zh: '存储桶已存在', en: 'the bucket exists' },
  BucketNotEmpty: { zh: '存储桶不是空的', en: 'the bucket is not empty' },
  ObjectExists: { zh: '已有同名对象', en: 'the name is taken' },
  ImageExpired: { zh: '图片已到期删除', en: 'the image went when its time had come' },
  EntityTooLarge: { zh: '请求或图片太大', en: 'the request or the image is too large' },
  UnsupportedMediaType: {
    zh: '内容类型不对，或不是支持的图片',
    en: 'not a type of content, or of image, that is taken',
  },
  InvalidImage: { zh: '图片损坏，或超出尺寸', en: 'the image is damaged, or too many pixels' },
  IdempotencyMismatch: { zh: '同一幂等键的内容不同', en: 'the idempotency key was used for another call' },
  TooManyRequests: { zh: '请求太频繁', en: 'too many requests; try later' },
  InternalError: { zh: '服务出错', en: 'a fault of the service' },
  NotImplemented: { zh: '此存储或入口不支持', en: 'the store, or this way to call, cannot do it' },
  ServiceUnavailable: { zh: '依赖不可用，请稍后再试', en: 'what the service stands on is away; try later' },
  InsufficientStorage: { zh: '存储空间不足', en: 'the store is full' },
};

/** Refusals that any request over HTTP may get. */
export const ALWAYS: readonly ErrorCode[] = [
  ...(['InvalidArgument', 'RequestTimeout', 'EntityTooLarge', 'UnsupportedMediaType'] as const),
  ...(['TooManyRequests', 'InternalError', 'ServiceUnavailable'] as const),
];

const codesOf = (status: number, codes: ReadonlySet<ErrorCode>): readonly ErrorCode[] =>
  Object.keys(MEANINGS)
    .filter((code): code is ErrorCode => codes.has(code as ErrorCode))
    .filter((code) => STATUS_BY_CODE[code] === status);

const nameOf = (codes: readonly ErrorCode[]): string => codes.join('Or');

/** The responses that operations share, each by the codes that it stands for. */
export interface FailureResponses {
  /** The failures of one operation, by status, as references. */
  of(codes: readonly ErrorCode[]): Json;
  /** All that were referred to so far. */
  components(): Json;
}

/** Creates the collection of responses. */
export function createFailureResponses(): FailureResponses {
  const components = new Map<string, Json>();
  return {
    of: (all) => {
      const codes = new Set(all);
      const statuses = [...new Set(all.map((code) => STATUS_BY_CODE[code]))].sort();
      return Object.fromEntries(
        statuses.map((status) => {
          const same = codesOf(status, codes);
          components.set(nameOf(same), toResponse(same));
          return [String(status), { $ref: `#/components/responses/${nameOf(same)}` }];
        }),
      );
    },
    components: () => Object.fromEntries([...components].sort()),
  };
}

function toResponse(codes: readonly ErrorCode[]): Json {
  const join = (language: 'zh' | 'en', comma: string): string =>
    codes.map((code) => `\`${code}\`: ${MEANINGS[code][language]}`).join(comma);
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Failure' }, { type: 'object', properties: { error: { enum: codes } } }],
  };
  return {
    description: bothOf({ zh: join('zh', '；'), en: join('en', '; ') }),
    content: { 'application/json': { schema } },
  };
}

const messagesOf = (codes: readonly ErrorCode[]): readonly string[] => [
  ...new Set(codes.map((code) => toFailure(new AppError(code, MEANINGS[code]), 'zh', '').msg)),
];

/** What every failure looks like. */
export function failureSchemas(): Json {
  const codes = Object.keys(MEANINGS) as readonly ErrorCode[];
  const sample = toFailure(new AppError('InternalError', MEANINGS.InternalError), 'zh', '');
  return {
    ErrorCode: { type: 'string', enum: codes },
    Failure: {
      type: 'object',
      required: Object.keys(sample),
      properties: {
        code: { const: sample.code },
        data: {
          type: 'object',
          required: ['err'],
          properties: { err: { type: 'string', description: bothOf({ zh: '给人看的说明', en: 'For people' }) } },
        },
        msg: { enum: messagesOf(codes) },
        success: { const: sample.success },
        error: { $ref: '#/components/schemas/ErrorCode' },
        requestId: { type: 'string' },
      },
    },
  };
}
