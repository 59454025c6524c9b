import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/naming/nearest-name.ts';

const NAMES = ['bucketName', 'objectName', 'toObjectName', 'pageSize', 'pageNum', 'continuationToken', 'tfs'];

describe('nearestName', () => {
  it.each([
    ['bucketname', 'bucketName'],
    ['bucket_name', 'bucketName'],
    ['BUCKET-NAME', 'bucketName'],
    ['bucketNmae', 'bucketName'],
    ['bucket', 'bucketName'],
    ['objectNam', 'objectName'],
    ['objectNames', 'objectName'],
    ['toObject', 'toObjectName'],
    ['pagesize', 'pageSize'],
    ['pageNumber', 'pageNum'],
    ['size', 'pageSize'],
    ['tsf', undefined],
    ['tf', undefined],
    ['page', undefined],
    ['Name', undefined],
    ['x', undefined],
    ['', undefined],
    ['__proto__', undefined],
    ['bucketName'.repeat(20), undefined],
  ])('takes %j for %j', (written, meant) => {
    expect(nearestName(written, NAMES)).toBe(meant);
  });

  it('knows every name by itself, and answers one of the names or nothing', () => {
    for (const name of NAMES) expect(nearestName(name, NAMES)).toBe(name);
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (written) => {
        expect([undefined, ...NAMES]).toContain(nearestName(written, NAMES));
      }),
    );
  });
});
