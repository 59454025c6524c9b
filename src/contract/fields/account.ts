import * as v from 'valibot';
import type { Text } from '../../errors.ts';
import { LEGACIES, ROLES, USER_ID } from '../../naming/account.ts';
import { isPhone, toPhone } from '../../naming/phone.ts';
import { defineField } from '../field.ts';
import { bucketName } from './bucket.ts';
import { prefix } from './object.ts';
import { line, list, plainObject } from './primitives.ts';
import { scopes } from './token.ts';

const amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const TRUE_OR_FALSE: Text = { zh: 'true 或 false', en: 'true or false' };

/** What a person, or a token, is called. */
export const name = defineField('name', {
  schema: v.pipe(v.string(), v.trim(), v.minLength(1), line(64)),
  label: { zh: '姓名', en: 'The name' },
  rule: { zh: '1–64 个字符', en: '1–64 characters' },
});

/** The seeds' short form of a name, such as its initials; shown beside the name and used for nothing else. */
export const tfs = defineField('tfs', {
  schema: v.pipe(v.string(), v.trim(), line(64)),
  label: { zh: 'tfs', en: 'tfs' },
  rule: {
    zh: '姓名的简写，至多 64 个字符，可不填',
    en: 'a short form of the name, up to 64 characters; may be left out',
  },
});

/** Where a person is reached. */
export const email = defineField('email', {
  schema: v.pipe(v.string(), v.maxLength(254), v.email()),
  label: { zh: '邮箱', en: 'The email address' },
  wrong: { zh: '邮箱填写不符合规范', en: 'The email address is not valid' },
  rule: { zh: '如 name@example.com', en: 'such as name@example.com' },
  secret: true,
});

/** What an account goes by. */
export const phone = defineField('phone', {
  schema: v.pipe(
    v.string(),
    v.check(isPhone),
    v.transform((text) => toPhone(text) ?? text),
  ),
  label: { zh: '手机号码', en: 'The phone number' },
  wrong: { zh: '手机号码填写不符合规范', en: 'The phone number is not valid' },
  rule: {
    zh: '字符串：11 位大陆手机号如 13800138000，其他国家和地区带 + 与区号如 +14155550100',
    en: 'a string: 11 digits of mainland China such as 13800138000, elsewhere + and the country such as +14155550100',
  },
  secret: true,
});

/** Counts characters as people do, but not those of a text that is too long whatever they are. */
function hasCharacters(text: string, min: number, max: number): boolean {
  const count = text.length > 2 * max ? Number.POSITIVE_INFINITY : [...text].length;
  return count >= min && count <= max;
}

/** A password. */
export const upwd = defineField('upwd', {
  schema: v.pipe(
    v.string(),
    v.maxLength(256),
    v.check((text) => hasCharacters(text, 8, 128)),
    v.check((text) => text.isWellFormed()),
  ),
  label: { zh: '密码', en: 'The password' },
  rule: { zh: '8–128 个字符的字符串', en: 'a string of 8–128 characters' },
  secret: true,
});

/** The password until now. */
export const opwd = defineField('opwd', { ...upwd, label: { zh: '旧密码', en: 'The old password' } });

/** The password from now on. */
export const npwd = defineField('npwd', { ...upwd, label: { zh: '新密码', en: 'The new password' } });

/** What lets one person register where registration is by invitation. */
export const invitation = defineField('invitation', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  label: { zh: '邀请码', en: 'The invitation' },
  rule: { zh: '管理员给的 32 位十六进制', en: 'the 32 hex digits an admin gave' },
  secret: true,
});

/** One of those that nobody has used yet. */
export const invitationId = defineField('invitationId', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  label: { zh: 'invitationId', en: 'The invitationId' },
  rule: { zh: 'auth/listInvitations 返回的 id', en: 'an id that auth/listInvitations shows' },
});

/** What lets somebody who forgot the password set another. */
export const reset = defineField('reset', {
  ...invitation,
  label: { zh: '重置码', en: 'The reset code' },
});

/** What becomes of the images of an account that is deleted. */
export const images = defineField('images', {
  schema: v.picklist(LEGACIES),
  label: { zh: '图片的去处', en: 'What becomes of the images' },
  rule: {
    zh: 'keep（保留）、transfer（交给管理员）或 remove（删除）',
    en: 'keep, transfer (to an admin) or remove',
  },
});

/** An account. */
export const userId = defineField('userId', {
  schema: v.pipe(v.string(), v.regex(USER_ID)),
  label: { zh: 'userId', en: 'The userId' },
  rule: { zh: 'auth/listUsers 返回的 userId', en: 'a userId that auth/listUsers shows' },
});

/** The last account of the page before. */
export const after = defineField('after', {
  ...userId,
  label: { zh: 'after', en: 'after' },
  rule: { zh: '上一页返回的值', en: 'the value that the page before returned' },
});

/** What an account may do beside its own images. */
export const role = defineField('role', {
  schema: v.picklist(ROLES),
  label: { zh: '角色', en: 'The role' },
  rule: { zh: ROLES.join(' 或 '), en: ROLES.join(' or ') },
});

/** What a member may do with keys that are not its own. */
export const grants = defineField('grants', {
  schema: list(
    v.strictObject({ bucketName: bucketName.schema, prefix: prefix.schema, actions: scopes.schema }),
    0,
    100,
  ),
  label: { zh: '授权', en: 'grants' },
  rule: {
    zh: '[{ bucketName, prefix, actions }]，至多 100 项',
    en: '[{ bucketName, prefix, actions }], at most 100',
  },
});

/** Whether an account is shut out. */
export const disabled = defineField('disabled', {
  schema: v.boolean(),
  label: { zh: 'disabled', en: 'disabled' },
  rule: TRUE_OR_FALSE,
});

/** Whether API tokens end too. */
export const endTokens = defineField('endTokens', {
  schema: v.boolean(),
  label: { zh: 'endTokens', en: 'endTokens' },
  rule: TRUE_OR_FALSE,
});

/** Upper bounds of an account. */
export const quota = defineField('quota', {
  schema: v.pipe(
    plainObject,
    v.strictObject({
      bytes: v.optional(amount),
      objects: v.optional(amount),
      uploadsPerDay: v.optional(amount),
    }),
  ),
  label: { zh: '配额', en: 'The quota' },
  rule: {
    zh: '{ bytes?, objects?, uploadsPerDay? }，均为非负整数；不写表示不限',
    en: '{ bytes?, objects?, uploadsPerDay? }, integers from 0; what is left out is unbounded',
  },
});
