import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { describeStartFailure } from '../../../src/http/start-report.ts';

/** As node makes it. */
const system = (code: string, message: string, facts: object): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code, ...facts });
const file = (code: string, message: string, path?: string): Error =>
  system(code, path === undefined ? `${message}, write` : `${message}, open '${path}'`, {
    syscall: path === undefined ? 'write' : 'open',
    ...(path !== undefined && { path }),
  });
const listen = (code: string, address: string, port: number): Error =>
  system(code, 'listen', { syscall: 'listen', address, port });
/** As the stores hand it on. */
const stored = (cause?: unknown): AppError =>
  new AppError('ServiceUnavailable', { zh: '存储暂时不可用', en: 'The storage does not answer' }, { cause });

const circle = new Error('one');
circle.cause = new Error('other', { cause: circle });

describe('O5 why a server did not start is said', () => {
  it.each([
    [
      'a folder of somebody else',
      stored(file('EACCES', 'permission denied', '/bed/a.json')),
      ['/bed/a.json', 'EACCES'],
    ],
    ['a mount for reading', stored(file('EROFS', 'read-only file system', '/bed/a.json')), ['/bed/a.json', 'EROFS']],
    ['a full disk, which names no path', stored(file('ENOSPC', 'no space left on device')), ['/bed', 'Make room']],
    ['a file in the way', stored(file('ENOTDIR', 'not a directory', '/bed/a.json')), ['no folder']],
    ['a mount that is gone', stored(file('ENOENT', 'no such file or directory', '/bed')), ['See that it is there']],
  ])('with path, cause and IMAGEPIC_DATA_DIR for %s', (_, error, parts) => {
    const told = describeStartFailure(error, '/bed');
    for (const part of [...parts, '/bed', 'IMAGEPIC_DATA_DIR']) expect(told).toContain(part);
  });

  it.each([
    ['a port that is taken', listen('EADDRINUSE', '127.0.0.1', 3000), /127\.0\.0\.1:3000.*EADDRINUSE.*set PORT/],
    ['a port for root only', listen('EACCES', '0.0.0.0', 80), /port 80 .*EACCES.*Set PORT/],
    [
      'an address of another machine',
      listen('EADDRNOTAVAIL', '203.0.113.7', 3000),
      /^HOST is 203\.0\.113\.7.*EADDRNOTAVAIL/,
    ],
    [
      'a name of nobody',
      system('ENOTFOUND', 'getaddrinfo', { syscall: 'getaddrinfo', hostname: 'nope.invalid' }),
      /^HOST is nope\.invalid.*ENOTFOUND/,
    ],
  ])('with address, cause and variable for %s', (_, error, told) => {
    expect(describeStartFailure(error, '/bed')).toMatch(told);
  });

  it('with the folder and what to do for a secret that is damaged', () => {
    const told = describeStartFailure(stored(new Error('Invalid type')), '/bed');
    expect(told).toMatch(/secret .*\/bed .*The storage does not answer: Invalid type.*IMAGEPIC_SECRET/);
  });

  it.each([
    [
      'what says it itself',
      new Error('IMAGEPIC_BED must be shared or private'),
      'IMAGEPIC_BED must be shared or private',
    ],
    ['causes one after the other', new Error('no', { cause: new Error('because') }), 'no: because'],
    ['a text', 'out of order', 'out of order'],
  ])('in its own words for %s', (_, error, told) => {
    expect(describeStartFailure(error)).toBe(told);
  });

  it('in one line or two, without a stack, and also when causes go round in a circle', () => {
    for (const error of [circle, stored(file('EACCES', 'permission denied', '/bed')), stored()]) {
      expect(describeStartFailure(error, '/bed')).not.toMatch(/\n|\bat .*:\d+:\d+/);
    }
  });
});
