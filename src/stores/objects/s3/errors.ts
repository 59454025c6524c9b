import { Unanswered, type Verdict } from '../../../concurrency/resilience.ts';
import { AppError, type ErrorCode, type Text } from '../../../errors.ts';
import { SourceFailure } from '../../disk/storage-error.ts';

/** An answer that no S3 store gives, from a proxy, a login page or a broken line. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** An upload whose line the store cut before it had all bytes, so that it has stored none. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
}

/** Insists on what every S3 answer of this kind has. @throws {UnexpectedAnswer} */
export function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new UnexpectedAnswer(`The answer has no ${name}`);
  return value;
}

const say = (zh: string, en: string): Text => ({
  zh: `对象存储不可用：${zh}`,
  en: `The object store cannot be used: ${en}`,
});

const ADDRESS = say(
  '地址或地域不对，请检查 IMAGEPIC_S3_ENDPOINT 与 IMAGEPIC_S3_REGION',
  'check IMAGEPIC_S3_ENDPOINT and IMAGEPIC_S3_REGION',
);
const REGION = say('地域不对，请检查 IMAGEPIC_S3_REGION', 'the region is wrong, check IMAGEPIC_S3_REGION');
const KEY_ID = say(
  '密钥 ID 不对，请检查 IMAGEPIC_S3_ACCESS_KEY_ID',
  'it does not know the key, check IMAGEPIC_S3_ACCESS_KEY_ID',
);
const SECRET = say(
  '签名不符，请检查 IMAGEPIC_S3_SECRET_ACCESS_KEY',
  'the signature does not match, check IMAGEPIC_S3_SECRET_ACCESS_KEY',
);
const TOKEN = say(
  '临时密钥无效或已过期，请检查 IMAGEPIC_S3_SESSION_TOKEN',
  'the temporary key is not valid or has expired, check IMAGEPIC_S3_SESSION_TOKEN',
);
const CLOCK = say('本机时钟不准，请校准时间', "this machine's clock is wrong, set it");
const PERMISSION = say(
  '密钥没有权限，请在存储的控制台为 IMAGEPIC_S3_ACCESS_KEY_ID 授权',
  'the key IMAGEPIC_S3_ACCESS_KEY_ID lacks a permission, grant it in the console of the store',
);
const KEYS = say(
  '被拒绝，请检查 IMAGEPIC_S3_ACCESS_KEY_ID、IMAGEPIC_S3_SECRET_ACCESS_KEY 及其权限，以及本机时钟',
  "it refuses us, check IMAGEPIC_S3_ACCESS_KEY_ID, IMAGEPIC_S3_SECRET_ACCESS_KEY and their permissions, and this machine's clock",
);
const PATH_STYLE = say(
  '此存储桶只接受虚拟主机域名，请设置 IMAGEPIC_S3_FORCE_PATH_STYLE=false',
  'this bucket wants its name in the host name, set IMAGEPIC_S3_FORCE_PATH_STYLE=false',
);
const CERTIFICATE = say(
  '无法建立安全连接，请检查 IMAGEPIC_S3_ENDPOINT 的协议与证书',
  'no secure connection, check the protocol and certificate of IMAGEPIC_S3_ENDPOINT',
);
const NOT_S3 = say(
  '收到的回答不是 S3 协议，请检查 IMAGEPIC_S3_ENDPOINT',
  'what answers does not speak S3, check IMAGEPIC_S3_ENDPOINT',
);
const BUSY: Text = { zh: '对象存储暂时繁忙，请稍后重试', en: 'The object store is busy, try again later' };
const SILENT: Text = {
  zh: '对象存储没有及时回答，请稍后重试；若一直如此，请检查 IMAGEPIC_S3_ENDPOINT 与网络',
  en: 'The object store does not answer in time, try again later; if it stays, check IMAGEPIC_S3_ENDPOINT and the network',
};

const CUT: Text = {
  zh: '对象存储在收完之前断开了连接，什么也没有存；请稍后重试，或换小一些的图片；若一直如此，请检查存储的日志与其前的代理',
  en: 'The object store cut the line before it had everything, and stored nothing; try again later or with a smaller image; if it stays, see the log of the store and any proxy before it',
};

/** What to change, by the store's name of the error or the system's code. */
const ADVICE: ReadonlyMap<string, Text> = new Map([
  ['InvalidAccessKeyId', KEY_ID],
  ['XAdminUserNotFound', KEY_ID],
  ['SignatureDoesNotMatch', SECRET],
  ['InvalidToken', TOKEN],
  ['ExpiredToken', TOKEN],
  ['RequestTimeTooSkewed', CLOCK],
  ['RequestExpired', CLOCK],
  ['AccessDenied', PERMISSION],
  ['AllAccessDisabled', PERMISSION],
  ['AccountProblem', PERMISSION],
  ['PermanentRedirect', ADDRESS],
  ['TemporaryRedirect', ADDRESS],
  ['Redirect', ADDRESS],
  ['AuthorizationHeaderMalformed', REGION],
  ['IllegalLocationConstraintException', REGION],
  ['InvalidLocationConstraint', REGION],
  ['PathStyleDomainForbidden', PATH_STYLE],
  ['ENOTFOUND', ADDRESS],
  ['EAI_AGAIN', ADDRESS],
  ['ECONNREFUSED', ADDRESS],
  ['EHOSTUNREACH', ADDRESS],
  ['ENETUNREACH', ADDRESS],
  ['BrokenOff', CUT],
]);

const CERTIFICATE_CODE = /^(EPROTO|ERR_SSL_|ERR_TLS_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;
const NO_ANSWER_CODE = /^(E[A-Z]+|TimeoutError|AbortError|Unanswered)$/;

/** An answer to HEAD has no body, hence no name. */
const ADVICE_BY_STATUS: ReadonlyMap<number, Text> = new Map([
  [301, ADDRESS],
  [307, ADDRESS],
  [400, ADDRESS],
  [401, KEYS],
  [403, KEYS],
]);

const refuse = (code: ErrorCode, zh: string, en: string): readonly [ErrorCode, Text] => [code, { zh, en }];

/** Answers that say something of the request and not of the store. */
const REFUSALS: ReadonlyMap<string, readonly [ErrorCode, Text]> = new Map([
  ['NoSuchKey', refuse('NoSuchKey', '对象不存在', 'There is no such object')],
  ['NotFound', refuse('NoSuchKey', '对象不存在', 'There is no such object')],
  ['NoSuchBucket', refuse('NoSuchBucket', '存储桶不存在', 'There is no such bucket')],
  ['NoSuchUpload', refuse('NoSuchUpload', '分片上传不存在', 'There is no such upload')],
  [
    'BucketNotEmpty',
    refuse(
      'BucketNotEmpty',
      '存储桶不为空；回收站里的图片也算（image/listTrash）',
      'The bucket is not empty; images in the trash count too (image/listTrash)',
    ),
  ],
  ['BucketAlreadyExists', refuse('BucketAlreadyExists', '存储桶名已被他人使用', 'The name of the bucket is taken')],
  ['BucketAlreadyOwnedByYou', refuse('BucketAlreadyExists', '存储桶已存在', 'The bucket is already there')],
  ['PreconditionFailed', refuse('ObjectExists', '对象已存在', 'There is an object already')],
  ['FileAlreadyExists', refuse('ObjectExists', '对象已存在', 'There is an object already')],
  ['InvalidRange', refuse('InvalidRange', '请求的范围无效', 'The object has none of the bytes asked for')],
  ['InvalidPart', refuse('InvalidArgument', '分片不符', 'A part is missing or has another etag')],
  [
    'InvalidPartOrder',
    refuse('InvalidArgument', '分片须按序号递增', 'The parts must be named once each, by ascending number'),
  ],
  ['EntityTooSmall', refuse('InvalidArgument', '分片太小', 'A part is too small')],
  ['EntityTooLarge', refuse('EntityTooLarge', '对象太大', 'The object is too large')],
  ['KeyTooLongError', refuse('InvalidArgument', '对象名太长', 'The key is too long')],
  ['KeyTooLong', refuse('InvalidArgument', '对象名太长', 'The key is too long')],
  ['MetadataTooLarge', refuse('InvalidArgument', '元数据太大', 'The metadata is too large')],
  ['InvalidBucketName', refuse('InvalidArgument', '存储桶名无效', 'The name is not valid for a bucket')],
  ['NotImplemented', refuse('NotImplemented', '此存储不支持该操作', 'The store cannot do this')],
  ['MethodNotAllowed', refuse('NotImplemented', '此存储不支持该操作', 'The store cannot do this')],
  ['QuotaExceeded', refuse('InsufficientStorage', '存储空间不足', 'There is no room left')],
  ['InsufficientStorage', refuse('InsufficientStorage', '存储空间不足', 'There is no room left')],
  ['XMinioStorageFull', refuse('InsufficientStorage', '存储空间不足', 'There is no room left')],
]);

/** What the SDK calls an answer that names no error. */
const NAMELESS = /^(|Error|Unknown|UnknownError|NotFound|Forbidden|BadRequest|S3ServiceException|\d{3})$/;

/** Tells what the SDK calls an answer that names no error. */
export const isNameless = (name: string): boolean => NAMELESS.test(name);

/** What a bare status says, as proxies before a store give it. */
const NAME_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [405, 'MethodNotAllowed'],
  [413, 'EntityTooLarge'],
  [414, 'KeyTooLongError'],
  [416, 'InvalidRange'],
  [431, 'MetadataTooLarge'],
  [501, 'NotImplemented'],
  [505, 'NotImplemented'],
]);

/** Statuses of 4xx that by themselves say no, yes or later, according to what was asked. */
const OPEN_STATUSES = new Set([400, 401, 403, 404, 408, 409, 412, 425, 429]);

/** The name of an answer that has none, where its status is a no: asked again, it would be said again. */
function nameOfBare(status = 0): string | undefined {
  const isNo = status >= 400 && status < 500 && !OPEN_STATUSES.has(status);
  return NAME_BY_STATUS.get(status) ?? (isNo ? `HTTP ${status}` : undefined);
}

/** Statuses that gateways give of their own accord, whose pages say no more than that. */
export const isOfGateway = (status: number): boolean => status >= 500 || [408, 413, 414, 429, 431].includes(status);

/** By these a store says that it could not, not that it will not. */
const TRANSIENT: ReadonlySet<string> = new Set([
  ...['InternalError', 'ServiceUnavailable', 'Throttling', 'ThrottlingException', 'RequestLimitExceeded'],
  ...['RequestTimeout', 'SlowDown', 'TooManyRequests', 'ConditionalRequestConflict', 'OperationAborted'],
]);

/** Refusals without effect that may not come again, and connections that never came to be. */
const NOT_DONE: ReadonlySet<string> = new Set([
  'SlowDown',
  'TooManyRequests',
  'ConditionalRequestConflict',
  'OperationAborted',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Statuses of 5xx by which a store that works says no. */
const FINAL_STATUSES = new Set([501, 505, 507]);

/** Tells an error by the store's name of it, inside a call. */
export const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

interface Identity {
  /** The store's name of the error or the system's code. */
  readonly name: string;
  readonly status?: number;
}

function identify(error: unknown): Identity {
  if (!(error instanceof Error)) return { name: '' };
  const name = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const metadata = '$fault' in error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return { name };
  return typeof metadata.httpStatusCode === 'number' ? { name, status: metadata.httpStatusCode } : { name };
}

/** The HTTP status that an error came with. */
export const statusOf = (error: unknown): number | undefined => identify(error).status;

/** Tells a line that the other side has cut. */
export const isLineCut = (error: unknown): boolean => /^(ECONNRESET|EPIPE)$/.test(identify(error).name);

/** Judges a failed attempt for the guard. */
export function judge(error: unknown): Verdict {
  if (error instanceof BrokenOff) return 'broken-off';
  if (error instanceof SourceFailure || error instanceof AppError) return 'unrelated';
  if (error instanceof Unanswered) return 'stalled';
  const { name, status } = identify(error);
  if (NOT_DONE.has(name) || status === 429) return 'not-done';
  if (status === undefined || name === 'RequestTimeout') return 'in-doubt';
  return status < 500 || FINAL_STATUSES.has(status) ? 'answered' : 'in-doubt';
}

/** Turns whatever a call threw into what the port says; failures of the caller's own source come out as they went in. */
export function toAppError(error: unknown): unknown {
  if (error instanceof SourceFailure) return error.cause;
  if (error instanceof AppError) return error;
  // While the circuit is open, the failure that opened it says more.
  const origin = error instanceof Unanswered && error.cause !== undefined ? error.cause : error;
  const { name: said, status } = identify(origin);
  const name = (NAMELESS.test(said) ? nameOfBare(status) : undefined) ?? said;
  if (status === 507) return toRefusal('InsufficientStorage', error);
  if (REFUSALS.has(name)) return toRefusal(name, error);
  if (isDefinite(name, status)) return refusedAs(name, status, error);
  return new AppError('ServiceUnavailable', adviceOn(name, status), { cause: error });
}

/** Says what a store's name of an error means. */
export function toRefusal(name: string, cause: unknown): AppError {
  const refusal = REFUSALS.get(name);
  if (refusal === undefined && isDefinite(name, 400)) return refusedAs(name, 400, cause);
  const [code, text] = refusal ?? ['ServiceUnavailable', ADVICE.get(name) ?? BUSY];
  return new AppError(code, text, cause === undefined ? {} : { cause });
}

/** A 4xx with a name that nobody here knows is a no all the same: asked again, the store would say it again. */
const isDefinite = (name: string, status = 0): boolean =>
  status >= 400 &&
  status < 500 &&
  ![401, 408, 425, 429].includes(status) &&
  !NAMELESS.test(name) &&
  !ADVICE.has(name) &&
  !TRANSIENT.has(name);

function refusedAs(name: string, status: number | undefined, cause: unknown): AppError {
  const storeCode = name.slice(0, 64).replace(/[^\w. -]/g, '?');
  const code = /quota/i.test(name) ? 'InsufficientStorage' : status === 403 ? 'AccessDenied' : 'InvalidArgument';
  const text: Text = {
    zh: `对象存储拒绝了这个请求（${storeCode}）；请换一个名称、类型或大小，或请管理员在存储一侧查看这个错误码`,
    en: `The object store refuses this (${storeCode}); use another name, type or size, or let an admin look that code up on the side of the store`,
  };
  return new AppError(code, text, { details: { storeCode }, ...(cause !== undefined && { cause }) });
}

function adviceOn(name: string, status: number | undefined): Text {
  const known = ADVICE.get(name);
  if (known !== undefined) return known;
  if (CERTIFICATE_CODE.test(name)) return CERTIFICATE;
  if (status !== undefined) return ADVICE_BY_STATUS.get(status) ?? BUSY;
  // What the SDK's parser throws has no name of its own.
  return NO_ANSWER_CODE.test(name) ? SILENT : NOT_S3;
}

/** Resolves to `undefined` where `work` fails with one of these codes. */
export async function undefinedIf<T>(work: Promise<T>, ...codes: readonly ErrorCode[]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
