import * as v from 'valibot';
import { MAX_OBJECT_BYTES } from '../../naming/s3-limits.ts';
import { SCOPES } from '../../naming/scope.ts';
import { defineField } from '../field.ts';
import { integer, list } from './primitives.ts';

/** What a new pair of tokens is had for, once. */
export const refreshToken = defineField('refreshToken', {
  schema: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  label: { zh: 'refreshToken', en: 'The refreshToken' },
  rule: { zh: '登录时返回的值', en: 'what signing in returned' },
  secret: true,
});

/** What an API token is good for. */
export const scopes = defineField('scopes', {
  schema: list(v.picklist(SCOPES), 1, SCOPES.length),
  label: { zh: '权限范围', en: 'scopes' },
  rule: { zh: `${SCOPES.join('、')} 中的一个或多个`, en: `one or more of ${SCOPES.join(', ')}` },
});

/** How long something made now will hold, in seconds. */
export const expiresIn = defineField('expiresIn', {
  schema: integer(60, 10 * 365 * 24 * 60 * 60),
  label: { zh: '有效期', en: 'expiresIn' },
  rule: { zh: '60 秒到 10 年，单位秒', en: 'seconds, from 60 to ten years' },
});

/** The largest image that a token may upload. */
export const maxBytes = defineField('maxBytes', {
  schema: integer(1, MAX_OBJECT_BYTES),
  label: { zh: '大小上限', en: 'maxBytes' },
  rule: { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' },
});

/** A session, without its tokens. */
export const sessionId = defineField('sessionId', {
  schema: v.pipe(v.string(), v.regex(/^s_[0-9a-f]{32}$/)),
  label: { zh: 'sessionId', en: 'The sessionId' },
  rule: { zh: 'auth/listSessions 返回的 id', en: 'an id that auth/listSessions shows' },
});
