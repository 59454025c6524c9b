import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../../src/errors.ts';
import { isBusy, toAppError } from '../../../../../src/stores/records/sqlite/failure.ts';

const failure = (code: string): Error => Object.assign(new Error('no'), { code });

describe('what a failure of SQLite means', () => {
  it.each(['SQLITE_BUSY', 'SQLITE_BUSY_RECOVERY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED', 'SQLITE_PROTOCOL'])(
    '%s: another one writes',
    (code) => {
      expect(isBusy(failure(code))).toBe(true);
      expect(toAppError(failure(code)).code).toBe('ServiceUnavailable');
    },
  );

  it.each<[unknown, string, RegExp]>([
    [failure('SQLITE_FULL'), 'InsufficientStorage', /no room/],
    [failure('ENOSPC'), 'InsufficientStorage', /no room/],
    [failure('SQLITE_CORRUPT'), 'ServiceUnavailable', /backup/],
    [failure('SQLITE_CORRUPT_VTAB'), 'ServiceUnavailable', /backup/],
    [failure('SQLITE_NOTADB'), 'ServiceUnavailable', /backup/],
    [failure('SQLITE_IOERR'), 'ServiceUnavailable', /try again/],
    [failure('EACCES'), 'ServiceUnavailable', /try again/],
    [new Error('no'), 'ServiceUnavailable', /try again/],
    ['no', 'ServiceUnavailable', /try again/],
  ])('%s is %s', (error, code, text) => {
    expect(isBusy(error)).toBe(false);
    expect(toAppError(error)).toMatchObject({ code, cause: error });
    expect(toAppError(error).message).toMatch(text);
  });

  it('is left as it is where it was told already', () => {
    const told = new AppError('InvalidArgument', { zh: '不', en: 'no' });
    expect(toAppError(told)).toBe(told);
  });
});
