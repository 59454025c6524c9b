import { describe, expect, it } from 'vitest';
import { avifMeta, avifType, big, box, bytesOf, iccProfile } from '../../support/images/build.ts';
import { scrub } from '../../support/images/scrub.ts';

const TYPE = avifType('avif');
const PICTURE = { id: 1, type: 'av01', start: 0, length: 7 };
const ALPHA = 'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha';

/** An index whose list of properties ends in the given one. */
function withProperty(property: Buffer): Buffer {
  const plain = avifMeta([8, 6], [{ ...PICTURE, start: 0 }]);
  const start = TYPE.length + plain.length + property.length + 8;
  const meta = avifMeta([8, 6], [{ ...PICTURE, start }]);
  const end = meta.indexOf('ispe') + 16;
  for (const type of ['meta', 'iprp', 'ipco']) {
    const at = meta.indexOf(type) - 4;
    meta.writeUInt32BE(meta.readUInt32BE(at) + property.length, at);
  }
  return bytesOf(meta.subarray(0, end), property, meta.subarray(end));
}

describe('the text that an AVIF may hold', () => {
  it.each<readonly [string, Buffer, Buffer]>([
    ['a property that is not known', box('Zz9!', 'Secret'), box('free', Buffer.alloc(6))],
    ['a description', box('udes', 'Secret'), box('free', Buffer.alloc(6))],
    ['a use of its own', box('auxC', big(0), 'urn:Secret\0'), box('auxC', Buffer.alloc(15))],
    ['text behind a use', box('auxC', big(0), `${ALPHA}\0Secret`), box('auxC', big(0), ALPHA, Buffer.alloc(7))],
    [
      'a profile that names its device',
      box('colr', 'prof', iccProfile(['mmod', bytesOf('mmod', big(0), 'Secret')])),
      box('colr', 'prof', Buffer.alloc(158)),
    ],
  ])('erases %s where it stands', async (_, told, blanked) => {
    const image = (property: Buffer) => bytesOf(TYPE, withProperty(property), box('mdat', 'PICTURE'));
    expect((await scrub(image(told))).output).toEqual(image(blanked));
  });

  it('keeps the colours of a profile, its own and by number', async () => {
    const profile = iccProfile(['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))]);
    for (const colours of [
      box('colr', 'prof', profile),
      box('colr', 'rICC', profile),
      box('colr', 'nclx', big(0x10001), 7),
    ]) {
      const image = bytesOf(TYPE, withProperty(colours), box('mdat', 'PICTURE'));
      expect((await scrub(image)).output).toEqual(image);
    }
  });
});
