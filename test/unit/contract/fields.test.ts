import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import type { Field } from '../../../src/contract/field.ts';
import { disabled, email, grants, name, phone, quota, role, tfs, upwd } from '../../../src/contract/fields/account.ts';
import { bucketName, firstPolicy, policy, rules } from '../../../src/contract/fields/bucket.ts';
import {
  contentType,
  expiry,
  folder,
  metaData,
  nameTemplate,
  objectName,
  objectNames,
  parts,
  prefix,
} from '../../../src/contract/fields/object.ts';
import { continuationToken, pageNum, pageSize, recursive } from '../../../src/contract/fields/page.ts';
import { expiresIn, scopes } from '../../../src/contract/fields/token.ts';

const LONG = 'é'.repeat(513);
const RULE = { allowedOrigins: ['*'], allowedMethods: ['PUT'] };
const GRANT = { bucketName: 'images', prefix: '', actions: ['read'] };

/** What fits, and what does not. */
const TABLE: readonly (readonly [Field, readonly unknown[], readonly unknown[]])[] = [
  [name, ['N', '  王小明 ', 'x'.repeat(64)], ['', '  ', 'x'.repeat(65), 'a\nb', '\u202eevil', '\ud800', 1, null]],
  [tfs, ['', 'wxm'], ['x'.repeat(65), 'a\u2028b', null]],
  [email, ['a@b.co'], ['', 'a@', 'a@b', `${'x'.repeat(250)}@b.co`]],
  [
    phone,
    ['13800138000', '19912345678', '+8613800138000', '+14155550100'],
    ['12800138000', '1380013800', '138001380000', '+8612800138000', 13800138000],
  ],
  [
    upwd,
    ['12345678', '密'.repeat(128), '😀'.repeat(8)],
    ['1234567', 'x'.repeat(129), '😀'.repeat(4), '\ud800'.repeat(8)],
  ],
  [role, ['admin', 'member'], ['owner', '', null]],
  [disabled, [true, false], ['true', 0, null]],
  [
    quota,
    [{}, { bytes: 0 }, { bytes: 1, objects: 2, uploadsPerDay: 3 }],
    [[], null, { bytes: -1 }, { bytes: 1.5 }, { byte: 1 }],
  ],
  [grants, [[], [GRANT]], [[{ ...GRANT, actions: [] }], [{ ...GRANT, more: 1 }], Array(101).fill(GRANT), {}]],
  [bucketName, ['abc', 'a.b-c', 'x'.repeat(63)], ['ab', 'Abc', '-ab', 'ab-', 'x'.repeat(64), 'a_b', '../x', 'a/b']],
  [
    rules,
    [[], [RULE]],
    [[{ ...RULE, allowedOrigins: [] }], [{ ...RULE, allowedMethods: ['TRACE'] }], Array(101).fill(RULE)],
  ],
  [policy, ['private', 'public-read', { Version: '1' }], ['public', [], { long: 'x'.repeat(20_480) }]],
  [firstPolicy, ['private', 'public-read'], [{ Version: '1' }, 'public']],
  [
    objectName,
    ['a', 'a/b.png', '图片 示例.png', 'x'.repeat(1024)],
    [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '../a',
      'a/..',
      'a\\b',
      'a%2fb',
      'a\0b',
      '\u202ea',
      '\ud800',
      LONG,
      '.imagepic',
      '.imagepic/x',
      1,
    ],
  ],
  [objectNames, [['a'], Array(1000).fill('a')], [[], ['..'], Array(1001).fill('a'), 'a']],
  [folder, ['', '/', 'a', 'a/', 'a/b/'], ['/a', 'a//', '..', '.imagepic/x', LONG]],
  [prefix, ['', 'a/', '../', '/'], ['a\0', '\ud800', LONG, 1]],
  [
    contentType,
    ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'],
    ['image/svg+xml', 'IMAGE/PNG', ''],
  ],
  [
    nameTemplate,
    ['{hash}', '{yyyy}/{MM}/{dd}/{hash}.{ext}', '{userId}/{uuid}', 'a-{name}'],
    ['', 'a', '{ext}', '{hash}{nope}', '{hash', '../{hash}', '{hash}/', '{{hash}}', '.imagepic/{hash}'],
  ],
  [
    metaData,
    [{}, { a: 'x', 'a-1': '' }],
    [
      { A: 'x' },
      { owner: 'x' },
      { 'content-type': 'x' },
      { a: 'x\n' },
      { a: 1 },
      [],
      Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`k${index}`, 'x'])),
    ],
  ],
  [
    parts,
    [[{ partNumber: 1, etag: '"a"' }]],
    [[], [{ partNumber: 0, etag: 'a' }], [{ partNumber: 1 }], [{ partNumber: 1, etag: 'a b' }]],
  ],
  [expiry, [1, 604_800, '60'], [0, 604_801, 1.5, '1e3', '', null]],
  [expiresIn, [60, 315_360_000], [59, 315_360_001]],
  [
    scopes,
    [['upload'], ['upload', 'read', 'delete', 'list']],
    [[], ['admin'], ['upload', 'upload', 'upload', 'upload', 'upload'], 'upload'],
  ],
  [pageSize, [1, 1000, '10'], [0, 1001]],
  [pageNum, [1, -1, '-1'], [0, -2]],
  [continuationToken, ['', 'x'], ['x'.repeat(4097), 1]],
  [recursive, [true, 'false'], ['yes', 1]],
];

describe('a field takes what its rule says', () => {
  it.each(TABLE.map(([field, ...values]) => [field.name, field, ...values] as const))(
    '%s',
    (_name, field, good, bad) => {
      for (const value of good) expect(v.is(field.schema, value), JSON.stringify(value)).toBe(true);
      for (const value of bad) expect(v.is(field.schema, value), JSON.stringify(value)).toBe(false);
    },
  );

  it('brings keys to one normal form', () => {
    expect(v.parse(objectName.schema, 'e\u0301')).toBe('\u00e9');
    expect(v.parse(folder.schema, 'e\u0301/')).toBe('\u00e9');
    expect(v.parse(prefix.schema, 'e\u0301')).toBe('\u00e9');
  });
});

describe('the contract', () => {
  it('has texts in both languages for every name that a route takes', () => {
    for (const [url, { input }] of Object.entries(contract)) {
      expect(Object.keys(input.fields), url).toEqual(Object.keys(input.entries));
      for (const [key, field] of Object.entries<Field>(input.fields)) {
        expect(field.name, url).toBe(key);
        for (const text of [field.label, field.rule]) {
          expect(text.zh, `${url} ${key}`).not.toBe('');
          expect(text.en, `${url} ${key}`).not.toBe('');
        }
      }
    }
  });
});
