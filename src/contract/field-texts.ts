import type { Text } from '../errors.ts';
import { CLIENTS, type field } from './fields.ts';

/** What a caller is told about a field that does not fit: the seeds' sentence, and the rule. */
export interface FieldText {
  readonly wrong: Text;
  readonly rule: Text;
}

const unfit = (zh: string, en: string, rule: Text): FieldText => ({
  wrong: { zh: `${zh}不符合规范`, en: `${en} is not valid` },
  rule,
});
const PASSWORD_RULE: Text = { zh: '8–128 个字符的字符串', en: 'a string of 8–128 characters' };
const KEY_RULE: Text = {
  zh: '1–1024 字节，各段非空且不是 . 或 ..，不含反斜杠、控制字符和 %XX',
  en: '1–1024 bytes, no empty, "." or ".." segment, no backslash, control character or %XX escape',
};

/** The sentences for every field. */
export const FIELD_TEXTS: ReadonlyMap<string, FieldText> = new Map<keyof typeof field | 'file' | 'after', FieldText>([
  ['after', unfit('after', 'after', { zh: '上一页返回的值', en: 'the value that the page before returned' })],
  ['name', unfit('姓名', 'The name', { zh: '1–64 个字符', en: '1–64 characters' })],
  ['tfs', unfit('tfs', 'tfs', { zh: '至多 64 个字符，可为空字符串', en: 'up to 64 characters, may be empty' })],
  [
    'email',
    {
      wrong: { zh: '邮箱填写不符合规范', en: 'The email address is not valid' },
      rule: { zh: '如 name@example.com', en: 'such as name@example.com' },
    },
  ],
  [
    'phone',
    {
      wrong: { zh: '手机号码填写不符合规范', en: 'The phone number is not valid' },
      rule: { zh: '11 位手机号字符串，如 13800138000', en: 'a string of 11 digits such as 13800138000' },
    },
  ],
  ['upwd', unfit('密码', 'The password', PASSWORD_RULE)],
  ['opwd', unfit('旧密码', 'The old password', PASSWORD_RULE)],
  ['npwd', unfit('新密码', 'The new password', PASSWORD_RULE)],
  [
    'bucketName',
    unfit('存储桶名', 'The bucket name', {
      zh: '3–63 个小写字母、数字、点或连字符',
      en: '3–63 lower-case letters, digits, dots or hyphens',
    }),
  ],
  ['objectName', unfit('对象名', 'The object name', KEY_RULE)],
  ['folder', unfit('目录', 'The folder', KEY_RULE)],
  ['prefix', unfit('前缀', 'The prefix', { zh: '至多 1024 字节', en: 'up to 1024 bytes' })],
  ['pageSize', unfit('每页条数', 'The page size', { zh: '1–1000 的整数', en: 'an integer from 1 to 1000' })],
  [
    'pageNum',
    unfit('页码', 'The page number', { zh: '从 1 开始的整数，-1 表示全部', en: 'an integer from 1, or -1 for all' }),
  ],
  [
    'continuationToken',
    unfit('翻页标记', 'The continuation token', {
      zh: '上一页返回的值',
      en: 'the value that the page before returned',
    }),
  ],
  ['recursive', unfit('recursive', 'recursive', { zh: 'true 或 false', en: 'true or false' })],
  [
    'base64',
    unfit('图片内容', 'The image', {
      zh: '标准 base64 字符串，不带 data: 前缀；表单上传请用任意文件字段',
      en: 'a standard base64 string without a data: prefix; a form may use any file field',
    }),
  ],
  ['expiry', unfit('有效期', 'The expiry', { zh: '1–604800 秒（7 天）', en: '1–604800 seconds (7 days)' })],
  [
    'contentType',
    unfit('图片类型', 'The content type', {
      zh: 'image/png、image/jpeg、image/gif、image/webp 或 image/avif',
      en: 'image/png, image/jpeg, image/gif, image/webp or image/avif',
    }),
  ],
  ['size', unfit('大小', 'The size', { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' })],
  [
    'invitation',
    unfit('邀请码', 'The invitation', { zh: '管理员给的 32 位十六进制', en: 'the 32 hex digits an admin gave' }),
  ],
  ['refreshToken', unfit('refreshToken', 'The refreshToken', { zh: '登录时返回的值', en: 'what signing in returned' })],
  [
    'scopes',
    unfit('权限范围', 'scopes', {
      zh: 'upload、read、delete、list 中的一个或多个',
      en: 'one or more of upload, read, delete, list',
    }),
  ],
  ['expiresIn', unfit('有效期', 'expiresIn', { zh: '60 秒到 10 年，单位秒', en: 'seconds, from 60 to ten years' })],
  ['maxBytes', unfit('大小上限', 'maxBytes', { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' })],
  [
    'tokenId',
    unfit('tokenId', 'The tokenId', { zh: 'auth/listTokens 返回的 id', en: 'an id that auth/listTokens shows' }),
  ],
  [
    'userId',
    unfit('userId', 'The userId', { zh: 'auth/listUsers 返回的 userId', en: 'a userId that auth/listUsers shows' }),
  ],
  ['role', unfit('角色', 'The role', { zh: 'admin 或 member', en: 'admin or member' })],
  [
    'grants',
    unfit('授权', 'grants', {
      zh: '[{ bucketName, prefix, actions }]，至多 100 项',
      en: '[{ bucketName, prefix, actions }], at most 100',
    }),
  ],
  ['disabled', unfit('disabled', 'disabled', { zh: 'true 或 false', en: 'true or false' })],
  [
    'quota',
    unfit('配额', 'The quota', {
      zh: '{ bytes?, objects?, uploadsPerDay? }，均为非负整数；不写表示不限',
      en: '{ bytes?, objects?, uploadsPerDay? }, integers from 0; what is left out is unbounded',
    }),
  ],
  ['objectNames', unfit('对象名列表', 'objectNames', { zh: '1–1000 个对象名', en: '1–1000 object names' })],
  [
    'nameTemplate',
    unfit('命名模板', 'The name template', {
      zh: '由 {yyyy} {MM} {dd} {hash} {uuid} {name} {ext} {userId} 组成，至少含 {hash}、{uuid} 或 {name}',
      en: 'made of {yyyy} {MM} {dd} {hash} {uuid} {name} {ext} {userId}, with at least one of {hash}, {uuid} and {name}',
    }),
  ],
  [
    'onConflict',
    unfit('onConflict', 'onConflict', { zh: 'overwrite、rename 或 error', en: 'overwrite, rename or error' }),
  ],
  [
    'metaData',
    unfit('自定义元数据', 'metaData', {
      zh: '至多 10 项；名称为小写字母、数字和连字符，值至多 256 个字符；owner、width、height、sha256、content-type 保留',
      en: 'up to 10 pairs; names of lower-case letters, digits and hyphens, values of up to 256 characters; owner, width, height, sha256 and content-type are reserved',
    }),
  ],
  [
    'uploadId',
    unfit('uploadId', 'The uploadId', { zh: '开始上传时返回的值', en: 'what beginning the upload returned' }),
  ],
  ['partNumber', unfit('分片号', 'The part number', { zh: '1–10000 的整数', en: 'an integer from 1 to 10000' })],
  [
    'parts',
    unfit('分片列表', 'parts', {
      zh: '[{ partNumber, etag }]，1–10000 项',
      en: '[{ partNumber, etag }], 1–10000 of them',
    }),
  ],
  [
    'rules',
    unfit('CORS 规则', 'The CORS rules', {
      zh: '[{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }]',
      en: '[{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }]',
    }),
  ],
  [
    'policy',
    unfit('策略', 'The policy', {
      zh: 'private、public-read，或不超过 20 KB 的策略文档',
      en: 'private, public-read, or a policy document of up to 20 KB',
    }),
  ],
  [
    'configuration',
    unfit('通知配置', 'The configuration', { zh: '不超过 20 KB 的 JSON 对象', en: 'a JSON object of up to 20 KB' }),
  ],
  ['repair', unfit('repair', 'repair', { zh: 'true 或 false', en: 'true or false' })],
  ['cursor', unfit('cursor', 'cursor', { zh: '上一次返回的值', en: 'the value that the call before returned' })],
  ['album', unfit('相册', 'The album', KEY_RULE)],
  [
    'albumId',
    unfit('相册编号', 'The album id', {
      zh: 'GET /api/v1/albums 返回的 id',
      en: 'an id that GET /api/v1/albums shows',
    }),
  ],
  [
    'strategyId',
    unfit('存储策略编号', 'The strategy id', {
      zh: '留空，或 GET /api/v1/strategies 返回的 id',
      en: 'left out, or an id that GET /api/v1/strategies shows',
    }),
  ],
  ['page', unfit('页码', 'The page', { zh: '从 1 开始的整数', en: 'an integer from 1' })],
  ['client', unfit('客户端', 'The client', { zh: CLIENTS.join('、'), en: CLIENTS.join(', ') })],
  ['file', unfit('文件', 'The file', { zh: '表单里一个非空的图片文件', en: 'one image file in the form, not empty' })],
]);
