import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUsable, scrubProfile } from '../../../src/images/icc.ts';
import { big, bytesOf, iccProfile } from '../../support/images/build.ts';

const XYZ = bytesOf('XYZ ', big(0), big(1), big(2), big(3));
const CURVE = bytesOf('curv', big(0), big(2), 1, 2, 3, 4);
const TABLE = bytesOf('mft1', big(0), 3, 3, 2, 0, Buffer.alloc(36, 1), Buffer.alloc(256 * 6 + 24, 7));
const CLEAN = iccProfile(['rXYZ', XYZ], ['rTRC', CURVE], ['A2B0', TABLE]);

describe('a colour profile', () => {
  it('that says nothing but colours stays as it is', () => {
    expect(scrubProfile(CLEAN)).toEqual(CLEAN);
  });

  it.each(['mmod', 'vcgt', 'ndin', 'meta', 'targ', 'calt', 'cprt', 'desc', 'dmnd', 'dmdd', 'clrt', 'MS00', 'Zz9!'])(
    'loses its tag %s and keeps its length and colours',
    (signature) => {
      const scrubbed = scrubProfile(iccProfile([signature, bytesOf('XYZ ', big(0), 'Secret')], ['rXYZ', XYZ]));
      expect(/Secret/.test(scrubbed.toString('latin1')) || scrubbed.includes(signature)).toBe(false);
      expect(scrubbed.readUInt32BE(128)).toBe(1);
      const at = scrubbed.readUInt32BE(136);
      expect(scrubbed.subarray(at, at + XYZ.length)).toEqual(XYZ);
    },
  );

  it('says in its header what its colours are, and neither when nor with what it was made', () => {
    const told = Buffer.from(CLEAN);
    for (const [start, end] of [
      [4, 8],
      [10, 12],
      [24, 36],
      [40, 47],
      [48, 63],
      [64, 67],
      [68, 128],
    ] as const)
      told.fill('S', start, end);
    for (const [at, known] of [
      [47, 0b11],
      [63, 0b1111],
      [67, 0b11],
    ] as const)
      told.writeUInt8(0xff & ~known, at);
    expect(scrubProfile(told)).toEqual(CLEAN);
  });

  it('keeps its platform, flags, attributes and intent where the standard knows them', () => {
    const told = Buffer.from(CLEAN);
    told.write('APPL', 40, 'latin1');
    for (const [at, known] of [
      [47, 0b11],
      [63, 0b1111],
      [67, 0b11],
    ] as const)
      told.writeUInt8(known, at);
    expect(scrubProfile(told)).toEqual(told);
  });

  it.each<readonly [string, Buffer]>([
    ['numbers', XYZ],
    ['a curve', CURVE],
    ['a table', TABLE],
  ])('has nothing behind the %s of a tag, between tags or at its end', (_, data) => {
    const scrubbed = scrubProfile(bytesOf(iccProfile(['A2B0', bytesOf(data, 'Secret')]), 'Secret'));
    expect(isUsable(scrubbed)).toBe(true);
    expect(scrubbed.includes('Secret')).toBe(false);
    expect(scrubbed.includes(data)).toBe(true);
  });

  it('keeps data that tags share', () => {
    const shared = Buffer.from(iccProfile(['rTRC', CURVE], ['gTRC', Buffer.alloc(0)]));
    shared.writeUInt32BE(156, 148);
    shared.writeUInt32BE(CURVE.length, 152);
    expect(scrubProfile(shared)).toEqual(shared);
  });

  it.each<readonly [string, (profile: Buffer) => void]>([
    ['no signature', (profile) => profile.fill(0, 36, 40)],
    ['a length beyond its bytes', (profile) => profile.writeUInt32BE(profile.length + 1, 0)],
    ['a class that there is not', (profile) => profile.write('Jane', 12, 'latin1')],
    ['colours that there are not', (profile) => profile.write('Doe ', 16, 'latin1')],
    ['colours between that there are not', (profile) => profile.write('1970', 20, 'latin1')],
    ['a version that is not known', (profile) => profile.writeUInt8(5, 8)],
    ['more tags than it has room for', (profile) => profile.writeUInt32BE(0xffffffff, 128)],
    ['a tag beyond its end', (profile) => profile.writeUInt32BE(profile.length - 1, 136)],
    ['a tag in its header', (profile) => profile.writeUInt32BE(0, 136)],
    ['no colours', (profile) => profile.write('desc', 132, 'latin1')],
  ])('of which browsers take nothing leaves nothing: %s', (_, damage) => {
    const profile = iccProfile(['rXYZ', XYZ]);
    damage(profile);
    const scrubbed = scrubProfile(profile);
    expect(isUsable(scrubbed)).toBe(false);
    expect(scrubbed).toEqual(Buffer.alloc(profile.length));
  });

  it('is told in one pass, whatever it holds', () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map(Buffer.from);
    const patch = fc.tuple(fc.nat({ max: CLEAN.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.oneof(bytes, fc.array(patch, { maxLength: 8 })), (change) => {
        const profile = Buffer.isBuffer(change) ? change : Buffer.from(CLEAN);
        if (!Buffer.isBuffer(change)) for (const [at, value] of change) profile.writeUInt8(value, at);
        const scrubbed = scrubProfile(profile);
        expect(scrubbed).toHaveLength(profile.length);
        expect(scrubProfile(scrubbed)).toEqual(scrubbed);
      }),
    );
  });
});
