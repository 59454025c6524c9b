import { describe, expect, it } from 'vitest';
import { decodeDocument, encodeDocument } from '../../../../src/stores/documents/encoding.ts';

describe('a stored document', () => {
  it.each([
    { at: new Date(0) },
    { list: [1, undefined] },
    { number: Number.NaN },
    { big: 1n },
    { call: () => 1 },
    { nested: { bytes: Buffer.from('a') } },
    new Date(0),
    new Map(),
    [{ a: 1 }],
    'text',
    '"text"',
    7,
    true,
    null,
    undefined,
  ])('is damaged when it is %o', (stored) => {
    expect(decodeDocument(stored)).toBeUndefined();
  });

  it('is a copy, and its prototype cannot be set from outside', () => {
    const stored: object = JSON.parse('{"__proto__":{"isAdmin":true},"list":[{}]}');
    const doc = decodeDocument(stored);
    expect(doc).toEqual(stored);
    expect(doc?.['isAdmin']).toBeUndefined();
    expect(doc?.['list']).not.toBe(Reflect.get(stored, 'list'));
  });

  it('holds no reference to the document that was given', () => {
    const doc = { list: [1] };
    const encoded = encodeDocument(doc);
    doc.list.push(2);
    expect(encoded).toEqual({ list: [1] });
  });
});
