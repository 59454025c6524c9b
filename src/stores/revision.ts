import { randomBytes } from 'node:crypto';

// 72 random bits: never given twice.
const NONCE_BYTES = 9;
const NONCE = /^[\w-]{12}$/;
const ANCESTORS = 15;

/**
 * What became of a write whose answer was lost, told from the revision that is stored now. `open`: not done (yet), so it
 * may be sent again; `unknowable`: too much was written since.
 */
export type Outcome = 'done' | 'not-done' | 'open' | 'unknowable';

/** A write that puts the revision `written` in the place of `expected`, which is absent for a new document. */
export interface Change {
  readonly written: string;
  readonly expected: string | undefined;
}

/**
 * Makes the revision that follows `expected` (`undefined` for a new document): a nonce, and after it those of up to
 * 15 revisions before, newest first. So a revision tells whether a write happened, also after others have written.
 */
export function nextRevision(expected: string | undefined): string {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const ancestors = expected === undefined ? [] : noncesOf(expected).slice(0, ANCESTORS);
  return [nonce, ...ancestors].join('.');
}

/** Tells whether `text` can be a revision. */
export function isRevision(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    noncesOf(text).length <= ANCESTORS + 1 &&
    noncesOf(text).every((nonce) => NONCE.test(nonce))
  );
}

/** Tells what became of a write, from the revision that is stored now; `undefined` when there is no document. */
export function outcomeOf({ written, expected }: Change, stored: string | undefined): Outcome {
  if (stored === undefined) return expected === undefined ? 'open' : 'not-done';
  if (stored === expected) return 'open';
  const history = noncesOf(stored);
  if (history.includes(firstNonce(written))) return 'done';
  // Another took the place of `expected`, or the whole life of the document is in sight and `written` is not in it.
  const isDecided = (expected !== undefined && history.includes(firstNonce(expected))) || history.length <= ANCESTORS;
  return isDecided ? 'not-done' : 'unknowable';
}

const noncesOf = (revision: string): readonly string[] => revision.split('.');

const firstNonce = (revision: string): string => revision.split('.', 1).join('');
