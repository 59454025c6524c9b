import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCOPES } from '../../../../../src/naming/scope.ts';
import { parseGrants, writeGrants } from '../../../../../src/web/screens/admin/grants.ts';

describe('grants as people write them', () => {
  it.each([
    ['images/team/', [{ bucketName: 'images', prefix: 'team/', actions: [...SCOPES] }]],
    ['images', [{ bucketName: 'images', prefix: '', actions: [...SCOPES] }]],
    ['  images/ : upload , list \n\n', [{ bucketName: 'images', prefix: '', actions: ['upload', 'list'] }]],
    ['', []],
  ])('are read: %j', (text, expected) => {
    expect(parseGrants(text)).toEqual(expected);
  });

  it('come back as they were written', () => {
    const grant = fc.record({
      bucketName: fc.stringMatching(/^[a-z0-9-]{3,10}$/),
      prefix: fc.stringMatching(/^([a-z\u4e00-\u9fa5]{1,5}\/){0,3}$/),
      actions: fc.subarray([...SCOPES], { minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.array(grant, { maxLength: 5 }), (grants) => {
        expect(parseGrants(writeGrants(grants))).toEqual(grants);
      }),
    );
  });
});
