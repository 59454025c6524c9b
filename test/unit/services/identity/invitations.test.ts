import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed, START } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let invitation: string;
beforeEach(async () => {
  bed = await createMemoryBed();
  ({ invitation } = await bed.invitations.create(60));
});

const accept = (code: string | undefined = invitation) => bed.invitations.accept(code);

describe('an invitation', () => {
  it('is a code that the store does not tell, and says until when it is good', async () => {
    expect(invitation).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify([...bed.documents.texts()])).not.toContain(invitation);
    const other = await bed.invitations.create(3600);
    expect(other.expiresAt).toEqual(new Date(START + 3_600_000));
    expect(other.invitation).not.toBe(invitation);
  });

  it.each([
    [0, undefined],
    [59_999, undefined],
    [60_000, 'AccessDenied'],
    [60_001, 'AccessDenied'],
  ])('for a minute is answered %i ms later with %s', async (milliseconds, expected) => {
    bed.clock.now += milliseconds;
    expect(await refusalOf(accept())).toBe(expected);
  });

  it.each([undefined, '', '0'.repeat(32), 'x'])('is not %j', async (code) => {
    expect(await refusalOf(bed.invitations.accept(code))).toBe('AccessDenied');
  });

  it('is taken at once, and gone when the account is made', async () => {
    const end = await accept();
    expect(await refusalOf(accept())).toBe('AccessDenied');
    await end();
    expect(await refusalOf(accept())).toBe('AccessDenied');
    expect([...bed.documents.texts().keys()]).toEqual([]);
  });

  it('lets one of 20 in, also when two have both seen it free', async () => {
    const instances = Array.from({ length: 20 }, () => bed.another().invitations);
    const refusals = await Promise.all(instances.map((instance) => refusalOf(instance.accept(invitation))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(new Set(refusals)).toEqual(new Set([undefined, 'AccessDenied']));
  });
});
