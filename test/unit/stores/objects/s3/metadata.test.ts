import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHeaderText,
  decodeMetadata,
  encodeHeaderText,
  encodeMetadata,
} from '../../../../../src/stores/objects/s3/metadata.ts';

describe('header text', () => {
  it('comes back whole, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }), (text) => {
        expect(decodeHeaderText(encodeHeaderText(text))).toBe(text);
      }),
    );
  });

  it('travels as ASCII without space around it, in words of at most 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' }), (text) => {
        const encoded = encodeHeaderText(text);
        expect(encoded).toMatch(/^([!-~]([ -~]*[!-~])?)?$/);
        if (encoded !== text) for (const word of encoded.split(' ')) expect(word.length).toBeLessThanOrEqual(75);
      }),
    );
  });

  it.each(['', 'a', 'a: b; c="d"', 'x= ?y', '~!@#$%^&*()', '=', '?='])('is plain where it can be: %j', (text) => {
    expect(encodeHeaderText(text)).toBe(text);
  });

  it.each([
    ['猫', '=?UTF-8?B?54yr?='],
    [' padded', '=?UTF-8?B?IHBhZGRlZA==?='],
    ['two\nlines', '=?UTF-8?B?dHdvCmxpbmVz?='],
    ['=?UTF-8?B?54yr?=', '=?UTF-8?B?PT9VVEYtOD9CPzU0eXI/PQ==?='],
  ])('encodes %j', (text, encoded) => {
    expect(encodeHeaderText(text)).toBe(encoded);
  });

  it.each([
    ['=?utf-8?q?caf=C3=A9_au_lait?=', 'café au lait'],
    ['=?UTF-8?Q?a?= =?UTF-8?B?54yr?=', 'a猫'],
    ['=?UTF-8?B?54yr?= and more', '猫 and more'],
    ['=?ISO-8859-1?Q?caf=E9?=', '=?ISO-8859-1?Q?caf=E9?='],
    ['not =?encoded', 'not =?encoded'],
  ])('reads %j as S3 or another client may have written it', (encoded, text) => {
    expect(decodeHeaderText(encoded)).toBe(text);
  });
});

describe('metadata', () => {
  it('comes back whole, whatever it says, in values that any store takes', () => {
    const name = fc.stringMatching(/^[a-z\d][a-z\d-]{0,8}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 300, size: 'max' })), (metadata) => {
        const headers = encodeMetadata(metadata);
        expect(decodeMetadata(headers)).toEqual({ ...metadata });
        for (const value of Object.values(headers)) expect(value.length).toBeLessThanOrEqual(256);
      }),
    );
  });

  it('goes on under further names, and only where it has to', () => {
    expect(encodeMetadata({ Name: '猫' })).toEqual({ name: '=?UTF-8?B?54yr?=' });
    const long = encodeMetadata({ name: '图'.repeat(85) });
    expect(Object.keys(long)).toEqual(['name', 'name--2']);
    expect(decodeMetadata({ NAME: long['name'] ?? '', 'name--2': long['name--2'] ?? '', 'name--3': 'x' })).toEqual({
      name: '图'.repeat(85),
      'name--3': 'x',
    });
  });

  it('is read as far as it goes where others have taken the rest away', () => {
    const { name = '' } = encodeMetadata({ name: '图'.repeat(85) });
    expect(decodeMetadata({ name })).toEqual({ name: '图'.repeat(45) });
    expect(decodeMetadata({ 'name--2': 'of its own' })).toEqual({ 'name--2': 'of its own' });
  });
});
