import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createWx, type WxOptions } from '../../../src/wx-emulator/index.ts';

const bytesOf = (...numbers: number[]): ArrayBuffer => new Uint8Array(numbers).buffer;

function open(options: WxOptions = {}) {
  const { wx, phone } = createWx(options);
  const temporary = phone.addTemporaryFile(new Uint8Array([0, 1, 2, 3, 255]), 'bin');
  return { fs: wx.getFileSystemManager(), user: wx.env.USER_DATA_PATH, temporary, phone, wx };
}

type Opened = ReturnType<typeof open>;
/** What a call tells, by its callbacks. */
const heard = (call: (callbacks: { success: (told: object) => void; fail: (told: object) => void }) => void) =>
  new Promise<object>((resolve) => call({ success: resolve, fail: resolve }));

describe('FileSystemManager', () => {
  it.each<[string, object, unknown]>([
    ['the whole file as an ArrayBuffer', {}, bytesOf(0, 1, 2, 3, 255)],
    ['base64', { encoding: 'base64' }, 'AAECA/8='],
    ['hex', { encoding: 'hex' }, '00010203ff'],
    ['from a position', { position: 3 }, bytesOf(3, 255)],
    ['a slice', { position: 1, length: 2 }, bytesOf(1, 2)],
    ['a slice as text', { position: 1, length: 2, encoding: 'hex' }, '0102'],
    ['the last byte', { position: 4, length: 1 }, bytesOf(255)],
  ])('reads %s', async (_name, option, data) => {
    const { fs, temporary } = open();
    const told = await heard((callbacks) => fs.readFile({ filePath: temporary, ...option, ...callbacks }));
    expect(told).toEqual({ data, errMsg: 'readFile:ok' });
  });

  it('reads whole files before base library 2.10.0, whatever it is told', () => {
    const { fs, temporary } = open({ libraryVersion: '2.9.5' });
    expect(fs.readFileSync(temporary, 'hex', 1, 2)).toBe('00010203ff');
    expect(fs.readFileSync(temporary, undefined)).toEqual(bytesOf(0, 1, 2, 3, 255));
  });

  it.each<[string, (opened: Opened) => (callbacks: object) => void, number, string]>([
    [
      'a file that is not there',
      ({ fs, user }) =>
        (c) =>
          fs.readFile({ filePath: `${user}/a`, ...c }),
      1300002,
      'readFile:fail no such file or directory wxfile://usr/a',
    ],
    [
      'a folder for a file',
      ({ fs, user }) =>
        (c) =>
          fs.readFile({ filePath: user, ...c }),
      1300021,
      'readFile:fail Is a directory',
    ],
    [
      'a position beyond the end',
      ({ fs, temporary }) =>
        (c) =>
          fs.readFile({ filePath: temporary, position: 5, ...c }),
      1301009,
      'readFile:fail value of position is out of range',
    ],
    [
      'a position before the start',
      ({ fs, temporary }) =>
        (c) =>
          fs.readFile({ filePath: temporary, position: -1, ...c }),
      1301009,
      'readFile:fail value of position is out of range',
    ],
    [
      'a slice beyond the end',
      ({ fs, temporary }) =>
        (c) =>
          fs.readFile({ filePath: temporary, position: 4, length: 2, ...c }),
      1301006,
      'readFile:fail value of length is out of range',
    ],
    [
      'a slice of nothing',
      ({ fs, temporary }) =>
        (c) =>
          fs.readFile({ filePath: temporary, length: 0, ...c }),
      1301006,
      'readFile:fail value of length is out of range',
    ],
    [
      'writing to a temporary file',
      ({ fs, temporary }) =>
        (c) =>
          fs.writeFile({ filePath: temporary, data: 'a', ...c }),
      1301000,
      'writeFile:fail permission denied, cannot access file path',
    ],
    [
      'writing outside',
      ({ fs }) =>
        (c) =>
          fs.writeFile({ filePath: '/etc/a', data: 'a', ...c }),
      1301000,
      'writeFile:fail permission denied, cannot access file path',
    ],
    [
      'writing into no folder',
      ({ fs, user }) =>
        (c) =>
          fs.writeFile({ filePath: `${user}/no/a`, data: 'a', ...c }),
      1300002,
      'writeFile:fail no such file or directory wxfile://usr/no/a',
    ],
    [
      'a Data URI as base64',
      ({ fs, user }) =>
        (c) =>
          fs.writeFile({ filePath: `${user}/a`, data: 'data:image/png;base64,AA==', encoding: 'base64', ...c }),
      1300203,
      'writeFile:fail base64 encode error',
    ],
    [
      'appending to nothing',
      ({ fs, user }) =>
        (c) =>
          fs.appendFile({ filePath: `${user}/a`, data: 'a', ...c }),
      1300002,
      'appendFile:fail no such file or directory wxfile://usr/a',
    ],
    [
      'removing a temporary file',
      ({ fs, temporary }) =>
        (c) =>
          fs.unlink({ filePath: temporary, ...c }),
      1300013,
      'unlink:fail permission denied',
    ],
    [
      'copying nothing',
      ({ fs, user }) =>
        (c) =>
          fs.copyFile({ srcPath: `${user}/a`, destPath: `${user}/b`, ...c }),
      1300002,
      'copyFile:fail no such file or directory wxfile://usr/a',
    ],
    [
      'a folder that is there',
      ({ fs, user }) =>
        (c) =>
          fs.mkdir({ dirPath: user, ...c }),
      1301000,
      'mkdir:fail permission denied, cannot access file path',
    ],
  ])('refuses %s', async (_name, prepare, errCode, errMsg) => {
    expect(await heard(prepare(open()))).toEqual({ errCode, errno: errCode, errMsg });
  });

  it('writes, appends, copies, tells and removes, by callbacks and at once', async () => {
    const { fs, user, phone } = open();
    fs.mkdirSync(`${user}/a/b`, true);
    const file = `${user}/a/b/文.txt`;
    expect(await heard((c) => fs.writeFile({ filePath: file, data: 'aGk=', encoding: 'base64', ...c }))).toEqual({
      errMsg: 'writeFile:ok',
    });
    fs.appendFileSync(file, bytesOf(33));
    fs.copyFileSync(file, `${user}/copy`);
    fs.unlinkSync(file);
    expect(fs.readFileSync(`${user}/copy`, 'utf8')).toBe('hi!');
    expect(phone.listFiles()).toContain(`${user}/copy`);
    expect(() => fs.accessSync(file)).toThrow('accessSync:fail no such file or directory wxfile://usr/a/b/文.txt');
    const stats = fs.statSync(`${user}/copy`);
    expect([stats.size, stats.isFile(), stats.isDirectory()]).toEqual([3, true, false]);
    expect(fs.statSync(`${user}/a`).isDirectory()).toBe(true);
    expect(Math.abs(stats.lastModifiedTime - Date.now() / 1000)).toBeLessThan(60);
  });

  it.each([
    ['md5', undefined, '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', 'sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('digests by %s', async (_name, digestAlgorithm, digest) => {
    const { fs, phone } = open();
    const filePath = phone.addTemporaryFile(Buffer.from('abc'), 'txt');
    const option = { filePath, ...(digestAlgorithm !== undefined && { digestAlgorithm }) };
    expect(await heard((c) => fs.getFileInfo({ ...option, ...c }))).toEqual({
      size: 3,
      digest,
      errMsg: 'getFileInfo:ok',
    });
  });

  it('keeps to its quota, of which temporary files are no part', () => {
    const { fs, user, phone } = open({ quotaBytes: 10 });
    phone.addTemporaryFile(new Uint8Array(100), 'bin');
    fs.writeFileSync(`${user}/a`, 'a'.repeat(6));
    expect(() => fs.writeFileSync(`${user}/b`, 'a'.repeat(5))).toThrow(expect.objectContaining({ errCode: 1300202 }));
    fs.writeFileSync(`${user}/a`, 'a'.repeat(10));
    fs.unlinkSync(`${user}/a`);
    expect(() => fs.writeFileSync(`${user}/b`, 'a'.repeat(5))).not.toThrow();
  });

  it('reads nothing of a file above 100 MB', () => {
    const { fs, phone } = open();
    const large = phone.addTemporaryFile(new Uint8Array(100 * 1024 * 1024 + 1), 'bin');
    expect(() => fs.readFileSync(large, undefined, 0, 1)).toThrow(expect.objectContaining({ errCode: 1300202 }));
    expect(fs.statSync(large).size).toBe(104_857_601);
  });

  it('promises nothing, and is one for the whole program', () => {
    const { fs, wx, temporary } = open();
    expect(fs.readFile({ filePath: temporary, fail: vi.fn() })).toBeUndefined();
    expect(wx.getFileSystemManager()).toBe(fs);
  });

  it('gives every slice that lies within the file', () => {
    const size = fc.integer({ min: 1, max: 50 });
    const slices = size.chain((length) =>
      fc.tuple(fc.uint8Array({ minLength: length, maxLength: length }), fc.nat(length - 1), fc.nat(length)),
    );
    fc.assert(
      fc.property(slices, ([bytes, position, wanted]) => {
        const { fs, phone } = open();
        const length = Math.max(1, Math.min(wanted, bytes.length - position));
        const read = fs.readFileSync(phone.addTemporaryFile(bytes, 'bin'), undefined, position, length);
        expect(read).toEqual(Uint8Array.from(bytes.subarray(position, position + length)).buffer);
      }),
    );
  });
});
