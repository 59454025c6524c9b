import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../../src/contract/contract.ts';
import { createUsageReport } from '../../../../src/services/library/usage-report.ts';
import { BUCKET, createImage, createMemoryBed } from '../../../support/memory/bed.ts';

describe('what accounts take up', () => {
  it('is what their quotas are held to, those of a page that take most first, with names', async () => {
    const bed = await createMemoryBed({ hasRecords: true, hasTrash: true });
    const people = [await bed.person(), await bed.person(), await bed.person()];
    const [, ann, bob] = people;
    if (ann === undefined || bob === undefined) throw new TypeError('there are three');
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'a.png' });
    for (const objectName of ['b.png', 'c.png'])
      await bed.put(bob.caller, { bucketName: BUCKET, objectName }, createImage());
    await bed.objects.remove(bob.caller, BUCKET, 'b.png');
    const report = await createUsageReport(bed.documents).page({ pageSize: 100 });
    expect(v.parse(contract['image/usage'].output, report)).toEqual(report);
    const [one, two] = [await bed.usage.read(ann.userId), await bed.usage.read(bob.userId)];
    expect(two.objects).toBe(2);
    expect(report).toEqual({
      users: [
        { userId: bob.userId, name: bob.user.name, quota: bob.user.quota, images: two.objects, bytes: two.bytes },
        { userId: ann.userId, name: ann.user.name, quota: ann.user.quota, images: one.objects, bytes: one.bytes },
      ],
    });
  });

  it('comes in pages, each account on one of them, and reads no more than a page shows', async () => {
    const bed = await createMemoryBed();
    const ids = Array.from({ length: 25 }, (_, number) => `u_${String(number).padStart(32, '0')}`);
    for (const userId of ids) await bed.usage.adjust(userId, { bytes: 5, objects: 1 });
    const read: string[] = [];
    const documents = {
      ...bed.documents,
      read: (collection: string, id: string) => {
        read.push(id);
        return bed.documents.read(collection, id);
      },
    };
    const report = createUsageReport(documents);
    const found: string[] = [];
    let after: string | undefined;
    do {
      read.length = 0;
      const page = await report.page({ pageSize: 10, after });
      expect(read.length).toBe(page.users.length);
      found.push(...page.users.map(({ userId }) => userId));
      after = page.after;
    } while (after !== undefined);
    expect(found.sort()).toEqual(ids);
  });
});
