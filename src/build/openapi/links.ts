import type { ErrorCode } from '../../errors.ts';
import { IMAGE_TYPES } from '../../naming/media-type.ts';
import { ALWAYS, type FailureResponses } from './failures.ts';
import { bothOf, type Json } from './json-schema.ts';

const TAG = 'http';
const text = { type: 'string' };
const bucketName = { name: 'bucketName', required: true, schema: text };
const objectName = { name: 'objectName', required: true, schema: text };
const KEY = bothOf({
  en: 'The key, percent-encoded; its slashes may stay as they are.',
  zh: '对象名，按百分号编码；其中的斜杠可以保留。',
});
const inPath = [
  { ...bucketName, in: 'path' },
  { ...objectName, in: 'path', description: KEY },
];

const READING: readonly ErrorCode[] = [
  ...ALWAYS.filter((code) => code !== 'UnsupportedMediaType' && code !== 'EntityTooLarge'),
  ...(['InvalidToken', 'AccessDenied', 'NoSuchBucket', 'NoSuchKey', 'InvalidRange'] as const),
];

const image = Object.fromEntries(IMAGE_TYPES.map(({ contentType }) => [contentType, {}]));

/** Writes what is served by HTTP alone: images by their links, and what describes the service. */
export function toLinkPaths(failures: FailureResponses): Json {
  const reading = {
    200: { description: bothOf({ en: 'The image.', zh: '图片。' }), content: image },
    206: { description: bothOf({ en: 'The range of the image.', zh: '图片的所求区段。' }), content: image },
    304: { description: bothOf({ en: 'The image is as it was.', zh: '图片没有变化。' }) },
    ...failures.of(READING),
  };
  const open = { tags: [TAG], 'x-access': 'public' };
  return {
    '/i/{bucketName}/{objectName}': {
      get: {
        ...open,
        operationId: 'link_get',
        ...toTexts('Shows an image by its link, where the caller may see it.', '按链接查看图片（调用者须有权查看）。'),
        security: [{}, { accessToken: [] }, { apiToken: ['read'] }],
        parameters: inPath,
        responses: reading,
      },
    },
    '/s/{bucketName}/{objectName}': {
      get: {
        ...open,
        operationId: 'signed_get',
        ...toTexts(
          'Shows an image by an address of `object/presignedGetObject`.',
          '按 object/presignedGetObject 的地址查看图片。',
        ),
        security: [],
        parameters: inPath,
        responses: reading,
      },
      put: {
        ...open,
        operationId: 'signed_put',
        ...toTexts(
          'Takes the bytes of an upload at an address of `object/presignedPutObject` or `object/presignedUploadPart`.',
          '在 object/presignedPutObject 或 object/presignedUploadPart 的地址接收图片内容。',
        ),
        security: [],
        parameters: inPath,
        requestBody: { required: true, content: { ...image, 'application/octet-stream': {} } },
        responses: {
          200: { description: bothOf({ en: 'It has arrived.', zh: '已收到。' }), content: { 'application/json': {} } },
          ...failures.of([
            ...ALWAYS,
            'AccessDenied',
            'NoSuchBucket',
            'NoSuchUpload',
            'QuotaExceeded',
            'InsufficientStorage',
          ]),
        },
      },
    },
    '/openapi.json': {
      get: {
        ...open,
        operationId: 'openapi_get',
        ...toTexts('Gives this document.', '取得本文档。'),
        security: [],
        responses: {
          200: { description: bothOf({ en: 'The document.', zh: '文档。' }), content: { 'application/json': {} } },
          304: { description: bothOf({ en: 'It is as it was.', zh: '没有变化。' }) },
        },
      },
    },
    '/reference': {
      get: {
        ...open,
        operationId: 'reference_get',
        ...toTexts('Shows this document to people.', '以网页查看本文档。'),
        security: [],
        parameters: [
          {
            name: 'lang',
            in: 'query',
            description: bothOf({ en: 'Else `Accept-Language` says it.', zh: '不写则按 Accept-Language。' }),
            schema: { type: 'string', enum: ['zh', 'en'] },
          },
        ],
        responses: {
          200: { description: bothOf({ en: 'The page.', zh: '网页。' }), content: { 'text/html': {} } },
          304: { description: bothOf({ en: 'It is as it was.', zh: '没有变化。' }) },
        },
      },
    },
  };
}

const toTexts = (en: string, zh: string): Json => ({ summary: en, description: bothOf({ en, zh }) });
