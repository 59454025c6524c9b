import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed, START } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

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

  it('O8 is taken at once, and says then that it is used up', async () => {
    await accept();
    expect((await errorOf(accept()))?.text.en).toContain('used up');
  });

  it('O8 that is none says so, and one that is missing says how to get one', async () => {
    expect((await errorOf(bed.invitations.accept('0'.repeat(32))))?.text.en).toContain('no such invitation');
    expect((await errorOf(bed.invitations.accept(undefined)))?.text.en).toContain('auth/invite');
  });

  it('O8 is listed without its code until it is used, over, or withdrawn', async () => {
    const other = await bed.invitations.create(3600);
    const listed = await bed.invitations.list();
    expect(listed.map(({ id }) => id)).toContain(other.id);
    expect(listed).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toContain(other.invitation);
    await accept();
    expect(await bed.invitations.list()).toEqual([{ id: other.id, expiresAt: other.expiresAt.toISOString() }]);
    await bed.invitations.withdraw(other.id);
    await bed.invitations.withdraw(other.id);
    expect(await refusalOf(accept(other.invitation))).toBe('AccessDenied');
    expect(await bed.invitations.list()).toEqual([]);
  });

  it('lets one of 20 in, also when two have both seen it free', async () => {
    const instances = Array.from({ length: 20 }, () => bed.another().invitations);
    const refusals = await Promise.all(instances.map((instance) => refusalOf(instance.accept(invitation))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(new Set(refusals)).toEqual(new Set([undefined, 'AccessDenied']));
  });
});
