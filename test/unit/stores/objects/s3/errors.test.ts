import { describe, expect, it } from 'vitest';
import { Unanswered } from '../../../../../src/concurrency/resilience.ts';
import { AppError } from '../../../../../src/errors.ts';
import { SourceFailure } from '../../../../../src/stores/disk/storage-error.ts';
import { judge, toAppError, toRefusal, UnexpectedAnswer } from '../../../../../src/stores/objects/s3/errors.ts';

/** An error as the SDK makes it of an answer. */
const answer = (name: string, httpStatusCode: number, fields: object = {}): Error =>
  Object.assign(new Error('It says so'), { name, $fault: 'client', $metadata: { httpStatusCode }, ...fields });

/** An error as the system makes it of a connection. */
const failure = (code: string, name = 'Error'): Error => Object.assign(new Error(code), { name, code });

const translate = (error: unknown): AppError => {
  const translated = toAppError(error);
  if (!(translated instanceof AppError)) throw new TypeError('Not an AppError');
  return translated;
};

describe('errors of an S3 store', () => {
  it.each<[string, number, string]>([
    ['NoSuchKey', 404, 'NoSuchKey'],
    ['NotFound', 404, 'NoSuchKey'],
    ['NoSuchBucket', 404, 'NoSuchBucket'],
    ['NoSuchUpload', 404, 'NoSuchUpload'],
    ['BucketNotEmpty', 409, 'BucketNotEmpty'],
    ['BucketAlreadyExists', 409, 'BucketAlreadyExists'],
    ['PreconditionFailed', 412, 'ObjectExists'],
    ['FileAlreadyExists', 409, 'ObjectExists'],
    ['InvalidRange', 416, 'InvalidRange'],
    ['InvalidPart', 400, 'InvalidArgument'],
    ['EntityTooSmall', 400, 'InvalidArgument'],
    ['MetadataTooLarge', 400, 'InvalidArgument'],
    ['EntityTooLarge', 400, 'EntityTooLarge'],
    ['NotImplemented', 501, 'NotImplemented'],
    ['QuotaExceeded', 403, 'InsufficientStorage'],
    ['XMinioStorageFull', 507, 'InsufficientStorage'],
    ['Whatever', 507, 'InsufficientStorage'],
    ['InternalError', 500, 'ServiceUnavailable'],
    ...['Whatever', 'InvalidArgument', 'InvalidRequest', 'BadDigest', 'InvalidURI', 'XMinioInvalidObjectName'].map(
      (name): [string, number, string] => [name, 400, 'InvalidArgument'],
    ),
    ['Whatever', 418, 'InvalidArgument'],
    ['UnsupportedNotification', 400, 'InvalidArgument'],
    ['ObjectParentIsFile', 409, 'InvalidArgument'],
    ['ExistingObjectIsDirectory', 409, 'InvalidArgument'],
    ['NoSuchPolicy', 404, 'InvalidArgument'],
    ['UnavailableForLegalReasons', 451, 'InvalidArgument'],
    ['Locked', 423, 'InvalidArgument'],
    ['AccountArrears', 403, 'AccessDenied'],
    ['InvalidObjectState', 403, 'AccessDenied'],
    ['BucketQuotaExceeded', 403, 'InsufficientStorage'],
    ['XAdminUserNotFound', 404, 'ServiceUnavailable'],
    ['Unknown', 400, 'ServiceUnavailable'],
    ['OperationAborted', 409, 'ServiceUnavailable'],
    ['RequestTimeout', 400, 'ServiceUnavailable'],
    ['Unknown', 429, 'ServiceUnavailable'],
    ...[402, 406, 410, 411, 415, 417, 422, 423, 451, 499].map((status): [string, number, string] => [
      'Unknown',
      status,
      'InvalidArgument',
    ]),
    ['Unknown', 405, 'NotImplemented'],
    ['Unknown', 413, 'EntityTooLarge'],
    ['Unknown', 414, 'InvalidArgument'],
    ['Unknown', 416, 'InvalidRange'],
    ['Unknown', 431, 'InvalidArgument'],
    ['Unknown', 501, 'NotImplemented'],
    ['Unknown', 505, 'NotImplemented'],
    ...[401, 403, 408, 409, 412, 425, 500, 502, 503, 504].map((status): [string, number, string] => [
      'Unknown',
      status,
      'ServiceUnavailable',
    ]),
    ['NotFound', 404, 'NoSuchKey'],
  ])('%s with status %i means %s', (name, status, code) => {
    const error = answer(name, status);
    expect(translate(error)).toMatchObject({ code, cause: error });
  });

  it.each([
    [answer('InvalidAccessKeyId', 403), 'IMAGEPIC_S3_ACCESS_KEY_ID'],
    [answer('SignatureDoesNotMatch', 403), 'IMAGEPIC_S3_SECRET_ACCESS_KEY'],
    [answer('ExpiredToken', 400), 'IMAGEPIC_S3_SESSION_TOKEN'],
    [answer('AccessDenied', 403), 'IMAGEPIC_S3_ACCESS_KEY_ID'],
    [answer('AuthorizationHeaderMalformed', 400), 'IMAGEPIC_S3_REGION'],
    [answer('PermanentRedirect', 301), 'IMAGEPIC_S3_ENDPOINT'],
    [answer('PathStyleDomainForbidden', 403), 'IMAGEPIC_S3_FORCE_PATH_STYLE=false'],
    [answer('Unknown', 403), 'IMAGEPIC_S3_SECRET_ACCESS_KEY'],
    [answer('Unknown', 301), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('ENOTFOUND'), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('ECONNREFUSED'), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('CERT_HAS_EXPIRED'), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('ERR_SSL_WRONG_VERSION_NUMBER'), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('HPE_INVALID_CONSTANT'), 'IMAGEPIC_S3_ENDPOINT'],
    [failure('ECONNRESET', 'TimeoutError'), 'IMAGEPIC_S3_ENDPOINT'],
    [new UnexpectedAnswer('A web page'), 'IMAGEPIC_S3_ENDPOINT'],
    [new Error('unexpected content'), 'IMAGEPIC_S3_ENDPOINT'],
    [new Unanswered('No answer'), 'IMAGEPIC_S3_ENDPOINT'],
    [new Unanswered('Not asked', { cause: failure('ENOTFOUND') }), 'IMAGEPIC_S3_REGION'],
  ])('%s says in both languages what to change', (error, variable) => {
    const { code, text } = translate(error);
    expect(code).toBe('ServiceUnavailable');
    expect(text.zh).toContain(variable);
    expect(text.en).toContain(variable);
    expect(text.zh).toMatch(/\p{Script=Han}/u);
  });

  it('B10 B17 carry the code of a store that says no in its own words, in both languages, and none of its text', () => {
    for (const error of [translate(answer('ObjectParentIsFile', 409)), toRefusal('ObjectParentIsFile', undefined)]) {
      expect(error).toMatchObject({ code: 'InvalidArgument', details: { storeCode: 'ObjectParentIsFile' } });
      expect(error.text.zh).toContain('ObjectParentIsFile');
      expect(error.text.en).toContain('ObjectParentIsFile');
      expect(error.text.en).not.toContain('It says so');
    }
    expect(toRefusal('InternalError', undefined).code).toBe('ServiceUnavailable');
    expect(toRefusal('', undefined).code).toBe('ServiceUnavailable');
  });

  it('B10 B17 name the status of a no that has no name', () => {
    const { text, details } = translate(answer('Unknown', 451));
    expect(details).toEqual({ storeCode: 'HTTP 451' });
    expect(text.zh).toContain('HTTP 451');
    expect(text.en).toContain('HTTP 451');
  });

  it('says that the clock is wrong', () => {
    const { text } = translate(answer('RequestTimeTooSkewed', 403));
    expect(text.zh).toContain('时钟');
    expect(text.en).toContain('clock');
  });

  it('tells people nothing of what the store said', () => {
    const secrets = { AWSAccessKeyId: 'AKIDSECRET', StringToSign: 'AWS4 secret', SignatureProvided: 'deadbeef' };
    for (const name of ['SignatureDoesNotMatch', 'InvalidAccessKeyId', 'Whatever']) {
      const { text, message, details } = translate(answer(name, 403, secrets));
      for (const secret of Object.values(secrets))
        expect(JSON.stringify({ text, message, details })).not.toContain(secret);
    }
  });

  it('are not what the source of a body threw', () => {
    const thrown = new Error('The line went dead');
    expect(toAppError(new SourceFailure(thrown))).toBe(thrown);
    expect(judge(new SourceFailure(thrown))).toBe('unrelated');
  });

  it.each([
    [answer('NoSuchKey', 404), 'answered'],
    [answer('AccessDenied', 403), 'answered'],
    [answer('NotImplemented', 501), 'answered'],
    [answer('XMinioStorageFull', 507), 'answered'],
    [answer('Unknown', 505), 'answered'],
    [answer('InternalError', 500), 'in-doubt'],
    [answer('Unknown', 502), 'in-doubt'],
    [answer('RequestTimeout', 400), 'in-doubt'],
    [answer('SlowDown', 503), 'not-done'],
    [answer('Unknown', 429), 'not-done'],
    [answer('ObjectParentIsFile', 409), 'answered'],
    [answer('ConditionalRequestConflict', 409), 'not-done'],
    [failure('ECONNREFUSED'), 'not-done'],
    [failure('ECONNRESET', 'TimeoutError'), 'in-doubt'],
    [new UnexpectedAnswer('A web page'), 'in-doubt'],
    [new Error('unexpected content'), 'in-doubt'],
    ['thrown text', 'in-doubt'],
    [new Unanswered('The transfer stands still'), 'stalled'],
    [new AppError('InvalidArgument', { zh: '', en: '' }), 'unrelated'],
  ])('%s is judged as %s', (error, verdict) => {
    expect(judge(error)).toBe(verdict);
  });
});
