import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../../src/stores/cloudbase/failure.ts';

const failed = (code: string | number | undefined, message: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('failureOf', () => {
  it.each([
    [
      'duplicate',
      'DATABASE_REQUEST_FAILED',
      '[FailedOperation] multiple write errors: [{write errors: [{E11000 duplicate key error collection: tnt.users index: _id_ dup key: { _id: "a" }}]}, {<nil>}]',
    ],
    ['duplicate', 'DATABASE_REQUEST_FAILED', '[FailedOperation.Insert] bulk write error: E11000 duplicate key error'],
    ['duplicate', 'DATABASE_DUPLICATE_WRITE', 'index key conflict'],
    ['duplicate', -502001, 'database request fail: Duplicate key'],
    ['no-collection', 'DATABASE_COLLECTION_NOT_EXIST', 'collection not exists'],
    ['no-collection', 'DATABASE_REQUEST_FAILED', '[ResourceNotFound] Db or Table not exist'],
    ['no-collection', -502005, 'database collection not exists'],
    ['collection-exists', 'DATABASE_REQUEST_FAILED', '[ResourceUnavailable.ResourceExist] Table exist'],
    ['collection-exists', 'DATABASE_COLLECTION_ALREADY_EXIST', 'exists'],
    ['busy', 'EXCEED_REQUEST_LIMIT', 'limit'],
    ['busy', 'EXCEED_CONCURRENT_REQUEST_LIMIT', 'limit'],
    ['busy', 'EXCEED_RATELIMIT', 'limit'],
    ['busy', 'DATABASE_TRANSACTION_CONFLICT', 'conflict'],
    ['busy', 'ResourceUnavailable.TransactionConflict', '[ResourceUnavailable.TransactionConflict] try again'],
    ['refused', 'DATABASE_PERMISSION_DENIED', 'no'],
    ['refused', 'PERMISSION_DENIED', 'no'],
    ['refused', 'DATABASE_INVALID_OPERRATOR', 'no'],
    ['refused', 'INVALID_PARAM', 'no'],
    ['refused', 'SIGN_PARAM_INVALID', 'no'],
    ['refused', 'EXCEED_REQUEST_SIZE_LIMIT', 'too large'],
    ['unknown', 'SYS_ERR', 'internal'],
    ['unknown', 'SERVER_TIMEOUT', 'timeout'],
    ['unknown', 'DATABASE_TIMEOUT', 'timeout'],
    ['unknown', 'DATABASE_REQUEST_FAILED', 'something else'],
    ['unknown', 503, '503 Service Unavailable | [http://emulator]'],
    ['unknown', 'ECONNRESET', 'socket hang up'],
    ['unknown', 'ESOCKETTIMEDOUT', 'request timeout'],
    ['unknown', 'ETIMEDOUT', 'connect timeout'],
    ['unknown', 'ECONNREFUSED', 'connect ECONNREFUSED'],
    ['unknown', undefined, 'Unexpected token <'],
  ])('takes for %s: %s %s', (failure, code, message) => {
    expect(failureOf(failed(code, message))).toBe(failure);
  });

  it.each([undefined, null, 'E11000', { code: 'DATABASE_DUPLICATE_WRITE' }])(
    'takes %j, which is no error, for unknown',
    (thrown) => {
      expect(failureOf(thrown)).toBe('unknown');
    },
  );
});
