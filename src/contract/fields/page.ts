import * as v from 'valibot';
import { defineField } from '../field.ts';
import { integer } from './primitives.ts';

/** Entries of a page. */
export const pageSize = defineField('pageSize', {
  schema: integer(1, 1000),
  label: { zh: '每页条数', en: 'The page size' },
  rule: { zh: '1–1000 的整数', en: 'an integer from 1 to 1000' },
});

/** Which page. */
export const pageNum = defineField('pageNum', {
  schema: v.pipe(
    integer(-1, 1_000_000),
    v.check((page) => page !== 0),
  ),
  label: { zh: '页码', en: 'The page number' },
  rule: { zh: '从 1 开始的整数，-1 表示全部', en: 'an integer from 1, or -1 for all' },
});

/** Where the page before ended; empty to begin. */
export const continuationToken = defineField('continuationToken', {
  schema: v.pipe(v.string(), v.maxLength(4096)),
  label: { zh: '翻页标记', en: 'The continuation token' },
  rule: { zh: '上一页返回的值', en: 'the value that the page before returned' },
});

const yesOrNo = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(['true', 'false']),
    v.transform((word) => word === 'true'),
  ),
]);

/** Whether images are looked at for their size in pixels and their placeholder. */
export const facts = defineField('facts', {
  schema: yesOrNo,
  label: { zh: 'facts', en: 'facts' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});

/** Whether folders are opened. */
export const recursive = defineField('recursive', {
  schema: yesOrNo,
  label: { zh: 'recursive', en: 'recursive' },
  rule: { zh: 'true 或 false', en: 'true or false' },
});
