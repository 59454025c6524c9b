import type { Failure, FailureText } from '../failure.ts';

/** What only this adapter can tell of a request: the row was there before, or the database cannot keep our texts. */
export class RowExists extends Error {}
export class WrongEncoding extends Error {}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const SQLSTATE = /^[0-9A-Z]{5}$/;
const UNDEFINED_TABLE = '42P01';
const DISK_FULL = '53100';
/** Rolled back or never begun, and worth another try: conflicts, locks, the time of a statement, too many at once, starting up. */
const NOT_DONE: ReadonlySet<string> = new Set(['40001', '40P01', '55P03', '57014', '53200', '53300', '57P03']);
/** The connection, or the server, went down under the request. */
const IN_DOUBT = /^(08|57|58|XX)/;
const NOT_CONNECTED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;
/** What pg says of a connection that it could not make in time. */
const NO_CONNECTION = /timeout exceeded when trying to connect|due to connection timeout/;
const NO_TLS = /server does not support SSL/;
/** The server asks for a password, and there is none. */
const NO_PASSWORD = /client password must be/;
const DISTRUSTED = /SELF_SIGNED|UNABLE_TO_|^CERT_|ERR_TLS_CERT_ALTNAME_INVALID/;
const NO_CERTIFICATE_FILE = /^(ENOENT|EACCES|EISDIR|ERR_OSSL)/;
const REFUSED = new RegExp(`${DISTRUSTED.source}|${NO_CERTIFICATE_FILE.source}`);

/** Tells what a failed request means. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RowExists) return 'duplicate';
  if (error instanceof WrongEncoding) return 'refused';
  if (!(error instanceof Error)) return 'unknown';
  const code = codeOf(error);
  if (SQLSTATE.test(code)) return meaningOf(code);
  if (NOT_CONNECTED.test(code) || NO_CONNECTION.test(error.message)) return 'busy';
  const isRefused = NO_TLS.test(error.message) || NO_PASSWORD.test(error.message) || REFUSED.test(code);
  return isRefused ? 'refused' : 'unknown';
}

function meaningOf(sqlstate: string): Failure {
  if (sqlstate === UNDEFINED_TABLE) return 'no-collection';
  if (NOT_DONE.has(sqlstate)) return 'busy';
  return IN_DOUBT.test(sqlstate) ? 'unknown' : 'refused';
}

const codeOf = (error: Error): string => ('code' in error ? String(error.code) : '');

const LOGIN: FailureText = {
  zh: 'PostgreSQL 拒绝登录：请检查 IMAGEPIC_DATABASE_URL 中的用户名和密码（特殊字符须百分号编码），以及服务器的 pg_hba.conf 是否允许从这里、以这种方式（有无 TLS）登录',
  en: 'PostgreSQL refuses the login: check user and password in IMAGEPIC_DATABASE_URL (special characters percent-encoded), and whether pg_hba.conf of the server lets in from here and in this way (with or without TLS)',
};

const EXPLAINED: Readonly<Record<string, FailureText>> = {
  '28P01': LOGIN,
  '28000': LOGIN,
  '3D000': {
    zh: 'PostgreSQL 中没有 IMAGEPIC_DATABASE_URL 所写的数据库：请先用 CREATE DATABASE 建立，或改正其名称',
    en: 'PostgreSQL has no database of the name in IMAGEPIC_DATABASE_URL: make it with CREATE DATABASE, or mend the name',
  },
  '42501': {
    zh: 'PostgreSQL 用户的权限不够：请授予它在该数据库的模式中建表（CREATE）以及读写其中 imagepic_ 开头的表的权限',
    en: 'The PostgreSQL user may not do this: grant it CREATE in the schema of the database, and reading and writing of its tables imagepic_…',
  },
  '3F000': {
    zh: 'PostgreSQL 没有可以建表的模式：请为该用户建立模式，或设置其 search_path',
    en: 'PostgreSQL has no schema to make the table in: make one for the user, or set its search_path',
  },
  '25006': {
    zh: 'PostgreSQL 服务器只读：请让 IMAGEPIC_DATABASE_URL 指向主库，而不是备库',
    en: 'The PostgreSQL server only reads: let IMAGEPIC_DATABASE_URL name the primary, not a standby',
  },
  '53300': {
    zh: 'PostgreSQL 的连接数已满：请提高 max_connections，减少实例，或在前面放一个连接池',
    en: 'PostgreSQL has no connection left: raise max_connections, run fewer instances, or put a pooler in front',
  },
  [DISK_FULL]: {
    name: 'InsufficientStorage',
    zh: '数据库的磁盘已满，未写入：请为 PostgreSQL 腾出空间',
    en: 'The disk of the database is full, nothing was written: make room for PostgreSQL',
  },
};

const UNTRUSTED: FailureText = {
  zh: '无法信任 PostgreSQL 服务器的证书：请在 IMAGEPIC_DATABASE_URL 中用 sslrootcert= 指出其 CA 证书文件，并使用证书上的主机名',
  en: 'The certificate of the PostgreSQL server cannot be trusted: name the file of its CA by sslrootcert= in IMAGEPIC_DATABASE_URL, and the host as the certificate does',
};

const UNENCRYPTED: FailureText = {
  zh: 'PostgreSQL 服务器不支持 TLS：请为它启用 TLS；若网络私密可信，则在 IMAGEPIC_DATABASE_URL 中写 sslmode=disable',
  en: 'The PostgreSQL server speaks no TLS: turn it on there, or, where the network is private, write sslmode=disable in IMAGEPIC_DATABASE_URL',
};

const UNREACHABLE: FailureText = {
  zh: '连不上 PostgreSQL：请检查它是否在运行，以及 IMAGEPIC_DATABASE_URL 中的主机和端口、防火墙和安全组',
  en: 'PostgreSQL cannot be reached: check that it runs, and host and port in IMAGEPIC_DATABASE_URL, firewalls and security groups',
};

const NO_ROOT_CERTIFICATE: FailureText = {
  zh: '无法读取 IMAGEPIC_DATABASE_URL 中 sslrootcert= 所指的 CA 证书文件',
  en: 'The CA certificate that sslrootcert= in IMAGEPIC_DATABASE_URL names cannot be read',
};

const NOT_UTF8: FailureText = {
  zh: 'PostgreSQL 数据库的编码不是 UTF8：请另建一个，CREATE DATABASE … ENCODING UTF8 TEMPLATE template0',
  en: "The database's encoding is not UTF8: make another one, CREATE DATABASE … ENCODING UTF8 TEMPLATE template0",
};

/** Says what who runs the bed can do; `undefined` when that is to wait. */
export function explain(error: unknown): FailureText | undefined {
  if (error instanceof WrongEncoding) return NOT_UTF8;
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (NO_TLS.test(error.message)) return UNENCRYPTED;
  if (NO_PASSWORD.test(error.message)) return LOGIN;
  if (DISTRUSTED.test(code)) return UNTRUSTED;
  if (NO_CERTIFICATE_FILE.test(code)) return NO_ROOT_CERTIFICATE;
  return NOT_CONNECTED.test(code) || NO_CONNECTION.test(error.message) ? UNREACHABLE : EXPLAINED[code];
}
