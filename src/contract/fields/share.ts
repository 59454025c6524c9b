import * as v from 'valibot';
import { defineField } from '../field.ts';
import { line } from './primitives.ts';

/** What whoever gets a share has to know beside its address. */
export const sharePassword = defineField('password', {
  schema: v.pipe(v.string(), v.minLength(6), line(128)),
  label: { zh: '分享密码', en: 'The password of the share' },
  rule: { zh: '6–128 个字符', en: '6–128 characters' },
  secret: true,
});

/** Whether those who see a share may have the images as they were stored. */
export const download = defineField('download', {
  schema: v.boolean(),
  label: { zh: 'download', en: 'download' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** A share, without its address. */
export const shareId = defineField('shareId', {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  label: { zh: 'shareId', en: 'The shareId' },
  rule: { zh: 'album/listShares 返回的值', en: 'what album/listShares returned' },
});
