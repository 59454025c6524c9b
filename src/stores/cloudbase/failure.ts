import type { Failure } from '../failure.ts';

// Codes: https://docs.cloudbase.net/error-code/basic. The same failure comes under several codes, and often under the
// general DATABASE_REQUEST_FAILED with only its message to tell it by, so code and message are read together.
const PATTERNS: readonly (readonly [Failure, RegExp])[] = [
  ['duplicate', /E11000|duplicate key|DATABASE_DUPLICATE_WRITE/i],
  ['no-collection', /COLLECTION_NOT_EXIST|Db or Table not exist|collection not exists|-502005/i],
  ['collection-exists', /COLLECTION_ALREADY_EXIST|ResourceExist|Table exist/i],
  [
    'busy',
    /EXCEED_REQUEST_LIMIT|EXCEED_CONCURRENT_REQUEST_LIMIT|EXCEED_RATELIMIT|TransactionConflict|TRANSACTION_CONFLICT/,
  ],
  ['refused', /PERMISSION_DENIED|INVALID_|SIGN_PARAM|EXCEED_REQUEST_SIZE_LIMIT|EXCEED_LIMIT|MISSING_CREDENTIALS/],
];

/**
 * Tells what a failed request means. A lost connection is `unknown` also while connecting: the SDK does not destroy what
 * it gives up, so it may yet be sent.
 */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? String(error.code) : '';
  const told = `${code} ${error.message}`;
  return PATTERNS.find(([, pattern]) => pattern.test(told))?.[0] ?? 'unknown';
}
