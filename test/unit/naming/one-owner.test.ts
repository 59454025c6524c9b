import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A rule, what gives away whoever states it, and the one file that may. */
const RULES: readonly (readonly [rule: string, sign: RegExp, owner: string])[] = [
  ['the name of a bucket', /\[a-z0-9\]\[a-z0-9\.-\]\{/, 'naming/bucket.ts'],
  ['the bucket of a bed that was told no other', /(?:= |, )'images'[;)]/, 'naming/bucket.ts'],
  ['the last part of a key', /\w+\.slice\(\w+\.lastIndexOf\('\/'\) \+ 1\);/, 'naming/key.ts'],
  ['the longest key', /MAX_KEY_BYTES = /, 'naming/key.ts'],
  ['the prefix that is reserved', /'\.imagepic\/'/, 'naming/key.ts'],
  ['the segments that no key has', /EMPTY_OR_DOTS = /, 'naming/key.ts'],
  ['the escapes that no key has', /%\(\?=\[0-9a-f\]\{2\}\)|%\[0-9a-f\]\{2\}/, 'naming/key.ts'],
  ['the escape of RFC 3986', /\[!'\(\)\*\]/, 'naming/uri.ts'],
  ['the number of a phone', /1\[3-9\]\\d\{9\}/, 'naming/phone.ts'],
  ['which digits of a phone are hidden', /\}\*\*\*\*\$\{/, 'naming/phone.ts'],
  ['the four scopes', /\[(?:\s*'(?:upload|read|delete|list)',?){4}\s*\]/, 'naming/scope.ts'],
  ['the two roles', /\[(?:\s*'(?:admin|member)',?){2}\s*\]/, 'naming/account.ts'],
  ['the id of an account', /\^u_\[0-9a-f\]\{32\}/, 'naming/account.ts'],
  ['the five types of image', /'image\/avif'/, 'naming/media-type.ts'],
  ['the template that names images', /'\{yyyy\}\/\{MM\}\/\{dd\}\/\{hash\}\.\{ext\}'/, 'naming/name-template.ts'],
  ['how a template is filled', /\\\{\(\\w\+\)\\\}/, 'naming/name-template.ts'],
  ['how much of a hash a name shows', /sha256\.slice\(0, 32\)/, 'naming/name-template.ts'],
  ['the escape of HTML', /&lt;/, 'naming/link-format.ts'],
  ['how links are written', /\[img\]|!\[\$\{/, 'naming/link-format.ts'],
  ['what can be asked for names', /!== null && !Array\.isArray\(/, 'naming/record.ts'],
  ['how to give up waiting', /Promise\.race\(/, 'concurrency/deadline.ts'],
  ['how many run at once', /waiting\.shift\(\)/, 'concurrency/limit.ts'],
  ['what the id of a request may be made of', /\[\\w\.-\]\{1,64\}/, 'naming/request-id.ts'],
  ['how to wait for a while', /\(resolve\) => setTimeout\(resolve, \w+\)|timers\/promises/, 'concurrency/retry.ts'],
  ['the name of a collection', /\[a-z\]\[a-z0-9-\]\{0,63\}/, 'stores/documents/document-id.ts'],
  ['the id of a document', /= \/\^\[a-z0-9_-\]\{1,128\}/, 'stores/documents/document-id.ts'],
  ['which document is damaged', /有一个文档已损坏/, 'stores/documents/document-id.ts'],
  ['which argument of a store is not valid', /参数 \$\{\w+\} 无效/, 'stores/arguments.ts'],
  ['how long a page of a store may be', /limit > \w+/, 'stores/arguments.ts'],
  ['that a key is not valid', /'对象名无效'/, 'stores/objects/arguments.ts'],
  ['that an object has none of the bytes asked for', /new AppError\(\s*'InvalidRange'/, 'stores/objects/arguments.ts'],
  ['how many keys are removed at once', /一次最多删除 1000 个对象/, 'stores/objects/remove-many.ts'],
  [
    'how many parts an upload has',
    /MOST_PARTS = 10_000|PART_NUMBER = 10_000|\(1, 10_000|Length\(10_000|export const MAX_PARTS/,
    'naming/s3-limits.ts',
  ],
  ['how large a part is', /Math\.ceil\(size \/ \w*PARTS/, 'naming/s3-limits.ts'],
  ['how large an object may be', /5 \* 1024 \*\* 4/, 'naming/s3-limits.ts'],
  ['how many keys one request has', /(?:KEYS|NAMES)\w* = 1000|Length\(1000/, 'naming/s3-limits.ts'],
  ['how long an address holds', /EXPIRY\w* = 7 \* 24|expiry, 7 \* 24|\(1, 7 \* 24/, 'naming/s3-limits.ts'],
  ['the order of keys', /0xd800/, 'stores/objects/key-order.ts'],
  ['the etag of an object that came in parts', /update\(etag, 'hex'\)/, 'stores/objects/etag.ts'],
];

const SOURCE = new URL('../../../src/', import.meta.url).pathname;
const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
const texts = names.map((name) => [name, readFileSync(join(SOURCE, name), 'utf8')] as const);

describe('only one file of src states', () => {
  it.each(RULES)('%s', (_, sign, owner) => {
    expect(texts.filter(([, text]) => sign.test(text)).map(([name]) => name)).toEqual([owner]);
  });
});
