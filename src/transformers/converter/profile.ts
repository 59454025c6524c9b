// https://www.color.org/specification/ICC.1-2022-05.pdf (annex B) and https://www.w3.org/TR/png-3/#11iCCP
import { crc32, deflateSync } from 'node:zlib';

const JPEG_NAME = Buffer.from('ICC_PROFILE\0', 'latin1');
/** What a segment holds beside its length, the name, its number and how many there are. */
const MAX_PART_BYTES = 65_535 - 2 - JPEG_NAME.length - 2;

/** Puts a profile into a JPEG, behind the segment that has to be the first. */
export function withJpegProfile(jpeg: Buffer, profile: Uint8Array): Buffer {
  const hasJfif = jpeg.readUInt16BE(2) === 0xffe0;
  const at = hasJfif ? 4 + jpeg.readUInt16BE(4) : 2;
  const count = Math.ceil(profile.length / MAX_PART_BYTES);
  const segments = Array.from({ length: count }, (_, index) => {
    const part = profile.subarray(index * MAX_PART_BYTES, (index + 1) * MAX_PART_BYTES);
    const head = Buffer.from([0xff, 0xe2, 0, 0]);
    head.writeUInt16BE(2 + JPEG_NAME.length + 2 + part.length, 2);
    return Buffer.concat([head, JPEG_NAME, Buffer.from([index + 1, count]), part]);
  });
  return Buffer.concat([jpeg.subarray(0, at), ...segments, jpeg.subarray(at)]);
}

/** Signature, and the header with its length, name and checksum. */
const PNG_HEAD_BYTES = 8 + 25;

/** Puts a profile into a PNG, behind its header. */
export function withPngProfile(png: Buffer, profile: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from('iCCPICC\0\0', 'latin1'), deflateSync(profile)]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([png.subarray(0, PNG_HEAD_BYTES), length, body, checksum, png.subarray(PNG_HEAD_BYTES)]);
}
