import type { Failure, FailureText } from '../failure.ts';

/** What only this adapter can tell: an answer is not what the protocol says, or a document is larger than it allows. */
export class MalformedAnswer extends Error {}
export class RowTooLarge extends Error {}

// https://www.mongodb.com/docs/manual/reference/error-codes/
const DUPLICATE = 11000;
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
const UNSATISFIABLE = 100;
const NO_JOURNAL = 2;
const TOO_LARGE = 10334;
const DISK_FULL = 14031;
/** What the hosting of MongoDB itself says, in words alone. */
const ATLAS = 8000;
/** Not begun, or taken back, and worth another try: locks, conflicts, and a server that does not lead (any more). */
const NOT_DONE: ReadonlySet<number> = new Set([24, 112, 10107, 13435, 13436]);
/** The server went down, lost the lead, or ran out of time under the request; also a write that most of the set do not have. */
const IN_DOUBT: ReadonlySet<number> = new Set([6, 7, 50, 64, 79, 89, 91, 189, 262, 9001, 11600, 11601, 11602]);
/** Errors of the driver before anything was sent. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
]);
/** Errors of the driver that no waiting mends. */
const MISUSED: ReadonlySet<string> = new Set([
  'MongoCompatibilityError',
  'MongoInvalidArgumentError',
  'MongoMissingCredentialsError',
  'MongoParseError',
]);
const NOT_CONNECTED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEOUT|ENODATA/;
const DISTRUSTED = /SELF_SIGNED|UNABLE_TO_|^CERT_|ERR_TLS_CERT_ALTNAME_INVALID/;
const NO_CERTIFICATE_FILE = /^(ENOENT|EACCES|EISDIR|ERR_OSSL)/;
const NO_TLS = /^(ERR_SSL_|EPROTO)/;
const NO_ROOM = /space quota/;

/** Tells what a failed request means. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'unknown';
  const code = codeOf(error);
  if (typeof code === 'number') return meaningOf(code, error);
  if (isOfSetting(error)) return 'refused';
  if (NOT_SENT.has(error.name) || hasLabel(error, 'HandshakeError') || NOT_CONNECTED.test(code)) return 'busy';
  // What the server says no to, some by words alone.
  return error.name === 'MongoServerError' || isTooLarge(error) ? 'refused' : 'unknown';
}

function meaningOf(code: number, error: Error): Failure {
  if (code === DUPLICATE) return 'duplicate';
  // It was written, and nobody knows by how many.
  if (error.name === 'MongoWriteConcernError' || IN_DOUBT.has(code)) return 'unknown';
  return NOT_DONE.has(code) ? 'busy' : 'refused';
}

/** Whether the way in is set so that no waiting helps, in whatever the driver has wrapped it. */
const isOfSetting = (error: Error): boolean =>
  MISUSED.has(error.name) ||
  reasonsOf(error).some((reason) => {
    const code = String(codeOf(reason));
    return DISTRUSTED.test(code) || NO_CERTIFICATE_FILE.test(code) || NO_TLS.test(code);
  });

const isTooLarge = (error: Error): boolean => error instanceof RowTooLarge || codeOf(error) === TOO_LARGE;

const codeOf = (error: Error): string | number => {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : String(code ?? '');
};

const hasLabel = (error: Error, label: string): boolean =>
  'hasErrorLabel' in error && typeof error.hasErrorLabel === 'function' && error.hasErrorLabel(label) === true;

/** An error and those under it: its causes, and what each server of the set was last seen to say. */
function reasonsOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const reason: unknown = 'reason' in error ? error.reason : undefined;
  const servers: unknown = typeof reason === 'object' && reason !== null && 'servers' in reason ? reason.servers : [];
  const told = servers instanceof Map ? [...servers.values()].map(({ error: seen }) => seen) : [];
  return [error, ...[error.cause, reason, ...told].flatMap((under) => reasonsOf(under, depth + 1))];
}

const LOGIN: FailureText = {
  zh: 'MongoDB 拒绝登录：请检查 IMAGEPIC_DATABASE_URL 中的用户名和密码（特殊字符须百分号编码）；若该用户建在别的库中，请写 authSource=（常为 admin）',
  en: 'MongoDB refuses the login: check user and password in IMAGEPIC_DATABASE_URL (special characters percent-encoded), and where another database knows the user, write authSource= (often admin)',
};

const RIGHTS: FailureText = {
  zh: 'MongoDB 用户的权限不够：请在 IMAGEPIC_DATABASE_URL 所写的库上授予它 readWrite 角色，或写上用户名和密码',
  en: 'The MongoDB user may not do this: grant it the role readWrite on the database of IMAGEPIC_DATABASE_URL, or name a user and a password there',
};

const NO_SPACE: FailureText = {
  name: 'InsufficientStorage',
  zh: '数据库的磁盘已满，未写入：请为 MongoDB 腾出空间',
  en: 'The disk of the database is full, nothing was written: make room for MongoDB',
};

const UNTRUSTED: FailureText = {
  zh: '无法信任 MongoDB 服务器的证书：请在 IMAGEPIC_DATABASE_URL 中用 tlsCAFile= 指出其 CA 证书文件，并使用证书上的主机名',
  en: 'The certificate of the MongoDB server cannot be trusted: name the file of its CA by tlsCAFile= in IMAGEPIC_DATABASE_URL, and the host as the certificate does',
};

const NO_ROOT_CERTIFICATE: FailureText = {
  zh: '无法读取 IMAGEPIC_DATABASE_URL 中 tlsCAFile= 所指的 CA 证书文件',
  en: 'The CA certificate that tlsCAFile= in IMAGEPIC_DATABASE_URL names cannot be read',
};

const UNENCRYPTED: FailureText = {
  zh: 'MongoDB 服务器不以 TLS 应答：请为它启用 TLS；若网络私密可信，则在 IMAGEPIC_DATABASE_URL 中写 tls=false',
  en: 'The MongoDB server does not answer by TLS: turn it on there, or, where the network is private, write tls=false in IMAGEPIC_DATABASE_URL',
};

const UNREACHABLE: FailureText = {
  zh: '连不上 MongoDB：请检查它是否在运行且有主节点，以及 IMAGEPIC_DATABASE_URL 中的主机和端口、replicaSet、tls、防火墙和安全组',
  en: 'MongoDB cannot be reached: check that it runs and has a primary, and hosts, ports, replicaSet and tls in IMAGEPIC_DATABASE_URL, firewalls and security groups',
};

const EXPLAINED: ReadonlyMap<string | number, FailureText> = new Map<string | number, FailureText>([
  [AUTHENTICATION_FAILED, LOGIN],
  [UNAUTHORIZED, RIGHTS],
  [DISK_FULL, NO_SPACE],
  [
    UNSATISFIABLE,
    {
      zh: 'MongoDB 副本集的多数成员不在，写入得不到确认：请恢复其成员',
      en: 'Most members of the MongoDB replica set are away, so that no write can be acknowledged: bring them back',
    },
  ],
  [
    'MongoCompatibilityError',
    {
      zh: 'MongoDB 服务器的版本太旧：需要 4.2 或更新',
      en: 'The MongoDB server is too old: it has to be 4.2 or newer',
    },
  ],
]);

const UNJOURNALED: FailureText = {
  zh: 'MongoDB 服务器没有日志（journal），断电会丢失已确认的写入：请为它启用',
  en: 'The MongoDB server keeps no journal, and would lose acknowledged writes with its power: turn it on',
};

const OVERSIZED: FailureText = {
  zh: '一份数据文档超过了 MongoDB 的 16 MB，未写入',
  en: 'A document is larger than the 16 MB of MongoDB, and was not written',
};

/** Says what who runs the bed can do; `undefined` when that is to wait. */
export function explain(error: unknown): FailureText | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (isTooLarge(error)) return OVERSIZED;
  if (code === ATLAS) return NO_ROOM.test(error.message) ? NO_SPACE : LOGIN;
  if (code === NO_JOURNAL && error.message.includes('journal')) return UNJOURNALED;
  return EXPLAINED.get(code) ?? EXPLAINED.get(error.name) ?? explainWay(error);
}

/** What is wrong with the way to the server. */
function explainWay(error: Error): FailureText | undefined {
  const codes = reasonsOf(error).map((reason) => String(codeOf(reason)));
  const isSeen = (pattern: RegExp): boolean => codes.some((code) => pattern.test(code));
  if (isSeen(DISTRUSTED)) return UNTRUSTED;
  if (isSeen(NO_CERTIFICATE_FILE)) return NO_ROOT_CERTIFICATE;
  if (isSeen(NO_TLS)) return UNENCRYPTED;
  return error.name === 'MongoServerSelectionError' || isSeen(NOT_CONNECTED) ? UNREACHABLE : undefined;
}
