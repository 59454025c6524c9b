import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A rule, what gives away whoever states it, and the one file that may. */
const RULES: readonly (readonly [rule: string, sign: RegExp, owner: string])[] = [
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
  ['the order of keys', /0xd800/, 'stores/objects/key-order.ts'],
  ['the etag of an object that came in parts', /update\(etag, 'hex'\)/, 'stores/objects/etag.ts'],
];

const SOURCE = new URL('../../../src/', import.meta.url).pathname;
const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const texts = names.map((name) => [name, readFileSync(join(SOURCE, name), 'utf8')] as const);

describe('only one file of src states', () => {
  it.each(RULES)('%s', (_, sign, owner) => {
    expect(texts.filter(([, text]) => sign.test(text)).map(([name]) => name)).toEqual([owner]);
  });
});
