import { describe, expect, it } from 'vitest';
import { contract, type RouteUrl } from '../../../src/contract/contract.ts';
import { parseInput } from '../../../src/contract/parse-input.ts';
import { AppError } from '../../../src/errors.ts';

const USER = `u_${'0'.repeat(32)}`;
const PLACE = { bucketName: 'images', objectName: 'a.png' };

function refuse(url: RouteUrl, raw: unknown, hasFile = false): AppError {
  try {
    parseInput(contract[url], raw, hasFile);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${url} took it`);
}

/** What a caller is told: the fields, the Chinese and the English. */
const TEXTS: readonly (readonly [string, RouteUrl, object, readonly string[], string, string])[] = [
  [
    'a field that is missing',
    'bucket/makeBucket',
    { policy: 'private' },
    ['bucketName'],
    '缺少 bucketName (bucketName: 3–63 个小写字母、数字、点或连字符)',
    'bucketName is missing (bucketName: 3–63 lower-case letters, digits, dots or hyphens)',
  ],
  [
    'bytes of an event in place of base64, more than anybody reads',
    'object/putObject',
    { base64: { ...new Uint8Array(60_000) } },
    ['base64'],
    "收到的是二进制数据（Uint8Array），不是 base64：请用 wx.arrayBufferToBase64(buffer) 或 buffer.toString('base64')，或以表单上传 (base64: base64 字符串（两种字母表均可），不带 data: 前缀；表单上传请用任意文件字段)",
    "These are bytes (Uint8Array), not base64: use wx.arrayBufferToBase64(buffer) or buffer.toString('base64'), or a form (base64: a base64 string, of either alphabet, without a data: prefix; a form may use any file field)",
  ],
  [
    'a field that is there but not defined',
    'bucket/bucketExists',
    { bucketName: undefined },
    ['bucketName'],
    '缺少 bucketName (bucketName: 3–63 个小写字母、数字、点或连字符)',
    'bucketName is missing (bucketName: 3–63 lower-case letters, digits, dots or hyphens)',
  ],
  [
    'a target that is missing',
    'object/copyObject',
    PLACE,
    ['toObjectName'],
    '缺少 toObjectName (toObjectName: 1–1024 字节，各段非空且不是 . 或 ..，不含反斜杠、控制字符和 %XX)',
    'toObjectName is missing (toObjectName: 1–1024 bytes, no empty, "." or ".." segment, no backslash, control character or %XX escape)',
  ],
  [
    'targets that are wrong',
    'object/copyObject',
    { ...PLACE, toBucketName: 'X', toObjectName: '../x' },
    ['toBucketName', 'toObjectName'],
    '目标存储桶名不符合规范,目标对象名不符合规范 (toBucketName: 3–63 个小写字母、数字、点或连字符; toObjectName: 1–1024 字节，各段非空且不是 . 或 ..，不含反斜杠、控制字符和 %XX)',
    'The target bucket name is not valid, The target object name is not valid (toBucketName: 3–63 lower-case letters, digits, dots or hyphens; toObjectName: 1–1024 bytes, no empty, "." or ".." segment, no backslash, control character or %XX escape)',
  ],
  [
    'null, which is no value but is not missing',
    'bucket/removeBucket',
    { bucketName: null },
    ['bucketName'],
    '存储桶名不符合规范 (bucketName: 3–63 个小写字母、数字、点或连字符)',
    'The bucket name is not valid (bucketName: 3–63 lower-case letters, digits, dots or hyphens)',
  ],
  [
    'a name that is close to a known one, beside the known one that is missing',
    'bucket/removeBucket',
    { bucket: 'images' },
    ['bucketName', 'bucket'],
    '缺少 bucketName,未知字段 "bucket"（是不是 bucketName？） (bucketName: 3–63 个小写字母、数字、点或连字符)',
    'bucketName is missing, Unknown field "bucket" (did you mean bucketName?) (bucketName: 3–63 lower-case letters, digits, dots or hyphens)',
  ],
  [
    'B19 a name that is close to none',
    'auth/refresh',
    { refreshToken: 'x', colour: 1 },
    ['colour'],
    '未知字段 "colour"',
    'Unknown field "colour"',
  ],
  [
    'two unknown names at once',
    'auth/me',
    { one: 1, two: 2 },
    ['one', 'two'],
    '未知字段 "one",未知字段 "two"',
    'Unknown field "one", Unknown field "two"',
  ],
  [
    'a grant that lacks something, one that has too much, and one that is wrong',
    'auth/updateUser',
    {
      userId: USER,
      grants: [
        { bucketName: 'images', actions: ['read'] },
        { bucketName: 'images', prefix: '', actions: ['read'], until: 1 },
        { bucketName: 'images', prefix: '', actions: ['read', 'fly'] },
      ],
    },
    ['grants'],
    '授权不符合规范：缺少 grants[0].prefix、未知字段 grants[1].until、grants[2].actions[1] (grants: [{ bucketName, prefix, actions }]，至多 100 项)',
    'grants is not valid: grants[0].prefix is missing, unknown field grants[1].until, grants[2].actions[1] (grants: [{ bucketName, prefix, actions }], at most 100)',
  ],
  [
    'a bound of a quota',
    'auth/updateUser',
    { userId: USER, quota: { bytes: -1 } },
    ['quota'],
    '配额不符合规范：quota.bytes (quota: { bytes?, objects?, uploadsPerDay? }，均为非负整数；不写表示不限)',
    'The quota is not valid: quota.bytes (quota: { bytes?, objects?, uploadsPerDay? }, integers from 0; what is left out is unbounded)',
  ],
  [
    'an origin of the second rule',
    'bucket/setBucketCors',
    {
      bucketName: 'images',
      rules: [
        { allowedOrigins: ['*'], allowedMethods: ['PUT'] },
        { allowedOrigins: ['https://a.com', 'a.com/x'], allowedMethods: ['PUT'] },
      ],
    },
    ['rules'],
    'CORS 规则不符合规范：rules[1].allowedOrigins[1] (rules: [{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }])',
    'The CORS rules are not valid: rules[1].allowedOrigins[1] (rules: [{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }])',
  ],
  [
    'a part',
    'object/completeMultipartUpload',
    {
      uploadId: '0'.repeat(32),
      parts: [1, 2, 3, 4].map((partNumber) => ({ partNumber, etag: 'x'.repeat(partNumber ** 4) })),
    },
    ['parts'],
    '分片列表不符合规范：parts[3].etag (parts: [{ partNumber, etag }]，1–10000 项)',
    'parts is not valid: parts[3].etag (parts: [{ partNumber, etag }], 1–10000 of them)',
  ],
  [
    'a name of the caller’s own that nobody may write like that',
    'object/putObject',
    { bucketName: 'images', base64: 'AAAA', metaData: { 'A\nB': 'x' } },
    ['metaData'],
    '自定义元数据不符合规范：metaData["A\\nB"] (metaData: 至多 10 项；名称为小写字母、数字和连字符，值至多 256 个字符；owner、image-id、width、height、frames、thumbhash、color、sha256、content-type 保留)',
    'metaData is not valid: metaData["A\\nB"] (metaData: up to 10 pairs; names of lower-case letters, digits and hyphens, values of up to 256 characters; owner, image-id, width, height, frames, thumbhash, color, sha256, content-type are reserved)',
  ],
  [
    'an image that did not come',
    'object/putObject',
    { bucketName: 'images' },
    ['base64'],
    '缺少 base64 (base64: base64 字符串（两种字母表均可），不带 data: 前缀；表单上传请用任意文件字段)',
    'base64 is missing (base64: a base64 string, of either alphabet, without a data: prefix; a form may use any file field)',
  ],
];

describe('O12 what a caller is told of', () => {
  it.each([
    [
      'image/variantUrl',
      { bucketName: 'images', objectName: 'a.png', parameters: { w: -1 } },
      'The parameters are not',
    ],
    ['bucket/setHotlinkRule', { bucketName: 'images', referers: ['A'] }, 'The referers are not'],
  ] as const)('several of something, by %s, is grammar', (url, raw, begin) => {
    expect(refuse(url, raw).text.en).toMatch(new RegExp(`^${begin} valid: `));
  });

  it.each(TEXTS)('%s', (_what, url, raw, fields, zh, en) => {
    const refusal = refuse(url, raw);
    expect(refusal.code).toBe('InvalidArgument');
    expect(refusal.details).toEqual({ fields });
    expect(refusal.text).toEqual({ zh, en });
  });

  it('many wrong entries of one list names the first ten, and that there are more', () => {
    const { text, details } = refuse('object/removeObjects', {
      bucketName: 'images',
      objectNames: Array(900).fill(''),
    });
    expect(details).toEqual({ fields: ['objectNames'] });
    expect(text.en).toContain('objectNames[0], ');
    expect(text.en).toContain('objectNames[9] …');
    expect(text.en).not.toContain('objectNames[10]');
  });

  it('many unknown fields names ten, says how many more, and cuts long names', () => {
    const raw = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${'n'.repeat(99)}${index}`, 1]));
    const { text, details } = refuse('auth/me', raw);
    expect(details['fields']).toEqual(Array(10).fill('n'.repeat(64)));
    expect(text.zh).toContain('另有 4990 个未知字段');
    expect(text.en).toContain('4990 more unknown fields');
    expect(text.en.length).toBeLessThan(2000);
  });
});

describe('parseInput', () => {
  it('takes an image as its field or as the file of a form, not both, not neither, and not for other routes', () => {
    const place = { bucketName: 'images' };
    expect(parseInput(contract['object/putObject'], place, true)).toEqual(place);
    expect(parseInput(contract['object/putObject'], { ...place, base64: 'AAAA' })).toHaveProperty('base64');
    const both = refuse('object/putObject', { ...place, base64: 'AAAA' }, true);
    expect(both.details).toEqual({ fields: ['base64'] });
    expect(both.text.zh).toMatch(/^图片内容不符合规范 \(base64: .*表单上传请用任意文件字段\)$/);
    const neither = refuse('object/putObject', { bucketName: 'X', folder: '..' });
    expect(neither.details).toEqual({ fields: ['bucketName', 'folder', 'base64'] });
    expect(refuse('object/putObject', { ...place, base64: 1 }, true).details).toEqual({ fields: ['base64'] });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])('knows no field %s', (name) => {
    const raw = JSON.parse(`{"bucketName":"images","${name}":{"x":1}}`);
    expect(refuse('bucket/bucketExists', raw)).toMatchObject({ code: 'InvalidArgument', details: { fields: [name] } });
  });

  it.each([[[]], [[{}]], [null], [undefined], ['x'], [1], [true]])('wants an object, not %j', (raw) => {
    const refusal = refuse('auth/me', raw);
    expect(refusal.details).toEqual({});
    expect(refusal.text).toEqual({ zh: '请求内容应为 JSON 对象', en: 'The input must be a JSON object' });
  });

  it('gives what the schema makes of it: normal forms, numbers out of forms, what is left out', () => {
    expect(
      parseInput(contract['object/listObjects'], { bucketName: 'images', prefix: 'e\u0301/', pageNum: '-1' }),
    ).toEqual({ bucketName: 'images', prefix: '\u00e9/', pageNum: -1, pageSize: 10, recursive: false, facts: true });
  });
});
