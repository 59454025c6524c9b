// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { defineCollection, openCollection } from './collection.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;
/** A call that has not finished after this long died with its process. */
const ABANDONED_MS = 15 * 60 * 1000;

/** The calls that may come again. */
export const REPEATABLE_CALLS = defineCollection({
  name: 'idempotency',
  schema: v.object({
    fingerprint: v.string(),
    startedAt: v.number(),
    /** The sealed answer, once there is one. */
    answer: v.optional(v.string()),
  }),
  retention: { isExpired: (call, now) => isOver(call, now) },
});

interface RememberedCall {
  readonly fingerprint: string;
  readonly startedAt: number;
  readonly answer?: string | undefined;
}

/** One call as it may come again. */
export interface RepeatableCall {
  readonly key: string;
  /** Who calls what: keys of different people or routes never meet. */
  readonly scope: string;
  /** What the call would do, as text. */
  readonly content: string;
}

/** Makes a call that comes several times happen once. */
export interface Idempotency {
  /**
   * Runs `task`, or gives the answer it had before. A failure is forgotten, so that the call can be made again.
   *
   * @throws {AppError} IdempotencyMismatch for other content under the same key, IdempotencyInFlight while the first runs
   */
  once(call: RepeatableCall, task: () => Promise<unknown>): Promise<unknown>;
}

/** Creates the idempotency service. Answers may hold tokens, so they are sealed under the key that only the client knows. */
export function createIdempotency(documents: DocumentStore, now: () => Date): Idempotency {
  const calls = openCollection(documents, REPEATABLE_CALLS);

  return {
    once: async ({ key, scope, content }, task) => {
      const id = digest(`${scope} ${key}`);
      const fingerprint = digest(content);
      const own = { fingerprint, startedAt: now().getTime() };
      // Of many at once one finds nothing, or what is over; the others find what that one has written.
      const call = await calls.upsert(id, (found) => (found === undefined || isOver(found, now()) ? own : found));
      if (call !== own) return recall(call, fingerprint, key);
      try {
        const answer = await task();
        await calls.update(id, () => ({ ...own, startedAt: now().getTime(), answer: seal(answer, key) }));
        return answer;
      } catch (error) {
        await calls.remove(id);
        throw error;
      }
    },
  };
}

/** Tells whether a call means nothing any more. */
const isOver = ({ startedAt, answer }: RememberedCall, now: Date): boolean =>
  now.getTime() - startedAt > (answer === undefined ? ABANDONED_MS : KEPT_MS);

function recall(found: RememberedCall, fingerprint: string, key: string): unknown {
  if (found.fingerprint !== fingerprint) throw mismatch();
  if (found.answer === undefined) throw inFlight();
  return unseal(found.answer, key);
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const sealingKey = (key: string, salt: Uint8Array) => new Uint8Array(hkdfSync('sha256', key, salt, 'idempotency', 32));

function seal(answer: unknown, key: string): string {
  const salt = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key, salt), salt);
  const sealed = [cipher.update(JSON.stringify(answer ?? null), 'utf8'), cipher.final()];
  return Buffer.concat([salt, ...sealed, cipher.getAuthTag()]).toString('base64');
}

function unseal(sealed: string, key: string): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  const salt = bytes.subarray(0, 12);
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key, salt), salt);
  decipher.setAuthTag(bytes.subarray(-16));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8'));
}

const mismatch = (): AppError =>
  new AppError('IdempotencyMismatch', {
    zh: '同一个 Idempotency-Key 已用于内容不同的请求；请换一个新的 key',
    en: 'This Idempotency-Key was used for a request with other content; use a new one',
  });

const inFlight = (): AppError =>
  new AppError(
    'IdempotencyInFlight',
    {
      zh: '同一个请求正在处理中，请稍后用同一个 key 重试',
      en: 'The same request is still running; try again later with the same key',
    },
    { details: { retryAfterSeconds: 1 } },
  );
