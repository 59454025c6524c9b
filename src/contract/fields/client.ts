import * as v from 'valibot';
import { defineField } from '../field.ts';
import { folder } from './object.ts';
import { integer } from './primitives.ts';

/** Upload clients that `client/config` knows. */
export const CLIENTS = [
  'picgo-web-uploader',
  'picgo-smms',
  'picgo-lankong-v2',
  'picgo-lankong-v1',
  'piclist-advanced',
  'piclist-lsky',
  'sharex',
  'upic',
  'cloudflare-imgbed',
  'obsidian',
  'typora',
  'curl',
] as const;

/** An upload client. */
export const client = defineField('client', {
  schema: v.picklist(CLIENTS),
  label: { zh: '客户端', en: 'The client' },
  rule: { zh: CLIENTS.join('、'), en: CLIENTS.join(', ') },
});

/** A folder that gets a number. */
export const album = defineField('album', {
  ...folder,
  schema: v.pipe(folder.schema, v.minLength(1)),
  label: { zh: '相册', en: 'The album' },
});

/** The number of an album. */
export const albumId = defineField('albumId', {
  schema: integer(1, 999_999_999),
  label: { zh: '相册编号', en: 'The album id' },
  rule: { zh: 'GET /api/v1/albums 返回的 id', en: 'an id that GET /api/v1/albums shows' },
});

/** The number of a bucket. */
export const strategyId = defineField('strategyId', {
  schema: integer(1, 999_999_999),
  label: { zh: '存储策略编号', en: 'The strategy id' },
  rule: {
    zh: '留空，或 GET /api/v1/strategies 返回的 id',
    en: 'left out, or an id that GET /api/v1/strategies shows',
  },
});

/** Which page of a list of upload clients. */
export const page = defineField('page', {
  schema: integer(1, 1_000_000),
  label: { zh: '页码', en: 'The page' },
  rule: { zh: '从 1 开始的整数', en: 'an integer from 1' },
});
