import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let admins: readonly MemoryPerson[];
const openBed = async (count: number): Promise<void> => {
  bed = await createMemoryBed();
  const people: MemoryPerson[] = [];
  while (people.length < count) people.push(await bed.person({ role: 'admin' }));
  admins = people;
};
beforeEach(() => openBed(3));

const [FIRST, SECOND, THIRD] = [0, 1, 2];
const idOf = (index: number): string => admins[index]?.userId ?? '';
const isAdmin = async (index: number): Promise<boolean> => {
  const user = await bed.users.find(idOf(index));
  return user?.role === 'admin' && !user.disabled;
};
const countAdmins = async (): Promise<number> =>
  (await Promise.all(admins.map((_, index) => isAdmin(index)))).filter(Boolean).length;

/** Each through an instance of its own, as functions are. */
const demote = (by: number, whom: number) =>
  bed.another().users.administer(idOf(by), { userId: idOf(whom), role: 'member' });
const disable = (by: number, whom: number) =>
  bed.another().users.administer(idOf(by), { userId: idOf(whom), disabled: true });
/** As an account leaves, whatever becomes of its images. */
const leave = async (index: number) => {
  const { users } = bed.another();
  const heir = await users.findOtherAdmin(idOf(index));
  if (heir === undefined) throw new Error('nobody is left');
  await users.withoutAdmin(idOf(index), heir, () => users.remove(idOf(index), heir));
};

describe('an admin', () => {
  it.each<readonly [string, number, () => readonly Promise<unknown>[]]>([
    ['two demote each other', 2, () => [demote(FIRST, SECOND), demote(SECOND, FIRST)]],
    ['two disable each other', 2, () => [disable(FIRST, SECOND), disable(SECOND, FIRST)]],
    ['both leave', 2, () => [leave(FIRST), leave(SECOND)]],
    ['one leaves and demotes the other', 2, () => [leave(FIRST), demote(FIRST, SECOND)]],
    ['one is demoted who leaves what the other has', 2, () => [demote(SECOND, FIRST), leave(SECOND)]],
    ['three demote the next', 3, () => [demote(FIRST, SECOND), demote(SECOND, THIRD), demote(THIRD, FIRST)]],
    ['all leave', 3, () => [leave(FIRST), leave(SECOND), leave(THIRD)]],
  ])('is left whoever goes at once: %s', async (_, count, begin) => {
    for (let round = 0; round < 20; round += 1) {
      await openBed(count);
      await Promise.allSettled(begin());
      expect(await countAdmins()).toBeGreaterThan(0);
    }
  });

  it('who was demoted meanwhile demotes nobody', async () => {
    await demote(FIRST, SECOND);
    expect(await refusalOf(demote(SECOND, THIRD))).toBe('AccessDenied');
    expect(await isAdmin(THIRD)).toBe(true);
    await demote(FIRST, THIRD);
    expect(await countAdmins()).toBe(1);
  });

  it('who died amid it is counted on again after two minutes', async () => {
    bed.documents.hooks.before = ({ method, collection }) => {
      if (method === 'replace' && collection !== 'counters') throw new Error('the process died');
    };
    await demote(SECOND, FIRST).catch(() => undefined);
    bed.documents.hooks.before = undefined;
    expect(await isAdmin(FIRST)).toBe(true);
    expect(await refusalOf(demote(FIRST, SECOND))).toBe('AccessDenied');
    bed.clock.now += 120_000;
    await demote(FIRST, SECOND);
    expect([await isAdmin(FIRST), await isAdmin(SECOND)]).toEqual([true, false]);
  });

  describe('by the phone that IMAGEPIC_ADMIN_PHONE says', () => {
    const PHONE = '13800000002';
    let byPhone: MemoryPerson;
    const move = (phone: string) =>
      bed.another().accountChanges.change(byPhone.caller, { upwd: 'correct horse 7', phone }, undefined);
    const openBedWithPhone = async (): Promise<void> => {
      bed = await createMemoryBed({ adminPhone: PHONE });
      const first = await bed.person({ role: 'admin' });
      byPhone = await bed.person();
      admins = [first, byPhone];
      expect(byPhone.user.phone).toBe(PHONE);
    };
    beforeEach(openBedWithPhone);

    it('gives that phone up only while there is another', async () => {
      await demote(SECOND, FIRST);
      expect(await refusalOf(move('13900000009'))).toBe('AccessDenied');
      expect(await isAdmin(SECOND)).toBe(true);
      expect(await bed.phones.find(PHONE)).toMatchObject({ userId: byPhone.userId });
      await bed.users.administer(idOf(SECOND), { userId: idOf(FIRST), role: 'admin' });
      await move('13900000009');
      expect([await isAdmin(FIRST), await isAdmin(SECOND)]).toEqual([true, false]);
    });

    it('is left, or another is, whoever goes at once', async () => {
      for (let round = 0; round < 20; round += 1) {
        await openBedWithPhone();
        await Promise.allSettled([demote(SECOND, FIRST), move('13900000009')]);
        expect(await countAdmins()).toBeGreaterThan(0);
      }
    });
  });
});
