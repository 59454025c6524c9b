// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { defineCollection, openCollection } from './collection.ts';
import { openCounters } from './counters.ts';

const KEPT_MS = 24 * 60 * 60 * 1000;
/** A call that has not finished after this long died with its process. */
const ABANDONED_MS = 15 * 60 * 1000;

const DAY_SECONDS = 24 * 60 * 60;
/** What a record takes, with an answer as nearly all are. */
const RECORD_BYTES = 1024;
/** Longer answers, such as of a thousand names, are not kept; squeezing one still longer would hold everybody up. */
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_SQUEEZED_BYTES = 256 * 1024;
/** Where it is not said whose the calls are. */
const EVERYBODY: Budget = { name: 'everybody', bytes: 32 * 1024 * 1024 };

/** The calls that may come again. */
export const REPEATABLE_CALLS = defineCollection({
  name: 'idempotency',
  schema: v.object({
    fingerprint: v.string(),
    startedAt: v.number(),
    /** The sealed answer, once there is one. */
    answer: v.optional(v.string()),
    /** Whether the answer was squeezed before it was sealed. */
    squeezed: v.optional(v.boolean()),
    /** Whether there was an answer that was too long to keep. */
    tooLong: v.optional(v.boolean()),
  }),
  retention: { isExpired: (call, now) => isOver(call, now) },
});

interface RememberedCall {
  readonly fingerprint: string;
  readonly startedAt: number;
  readonly answer?: string | undefined;
  readonly squeezed?: boolean | undefined;
  readonly tooLong?: boolean | undefined;
}

/** How much may be remembered in a day, and for whom. */
export interface Budget {
  readonly name: string;
  readonly bytes: number;
  /** For names that anybody can make up: all of them share so many hex digits of budgets. */
  readonly spread?: number;
}

/** One call as it may come again. */
export interface RepeatableCall {
  readonly key: string;
  /** Who calls what: keys of different people or routes never meet. */
  readonly scope: string;
  /** What the call would do, as text. */
  readonly content: string;
  /** Who pays for remembering it. */
  readonly budget?: Budget;
}

/** Makes a call that comes several times happen once. */
export interface Idempotency {
  /**
   * Runs `task`, or gives the answer it had before. A failure is forgotten, so that the call can be made again.
   *
   * @throws {AppError} IdempotencyMismatch for other content under the same key, IdempotencyInFlight while the first runs, TooManyRequests when too much is remembered already; and IdempotencyMismatch for the answer of a call that is done
   * when it was too long to keep
   */
  once(call: RepeatableCall, task: () => Promise<unknown>): Promise<unknown>;
}

/** Creates the idempotency service. Answers may hold tokens, so they are sealed under the key that only the client knows. */
export function createIdempotency(documents: DocumentStore, now: () => Date): Idempotency {
  const calls = openCollection(documents, REPEATABLE_CALLS);
  const addToCounter = openCounters(documents);
  const spend = ({ name, spread = 32 }: Budget, bytes: number) =>
    addToCounter(`idempotency-${digest(name).slice(0, spread)}`, bytes, DAY_SECONDS);

  const requireBudget = async (budget: Budget): Promise<void> => {
    const { value, expiresAt } = await spend(budget, RECORD_BYTES);
    if (value > budget.bytes) throw tooMuch(Math.max(1, Math.ceil((expiresAt.getTime() - now().getTime()) / 1000)));
  };

  /** Runs a call that is remembered as begun. */
  const run = async (id: string, { key, budget = EVERYBODY }: RepeatableCall, task: () => Promise<unknown>) => {
    try {
      await requireBudget(budget);
      const answer = await task();
      const kept = keep(answer, key);
      await calls.update(id, ({ fingerprint }) => ({ fingerprint, startedAt: now().getTime(), ...kept }));
      const length = kept.answer?.length ?? 0;
      if (length > RECORD_BYTES) await spend(budget, length - RECORD_BYTES);
      return answer;
    } catch (error) {
      await calls.remove(id);
      await spend(budget, -RECORD_BYTES);
      throw error;
    }
  };

  return {
    once: async (repeatable, task) => {
      const { key, scope, content } = repeatable;
      const id = digest(`${scope} ${key}`);
      const fingerprint = digest(content);
      const own = { fingerprint, startedAt: now().getTime() };
      // Of many at once one finds nothing, or what is over; the others find what that one has written.
      const call = await calls.upsert(id, (found) => (found === undefined || isOver(found, now()) ? own : found));
      return call === own ? run(id, repeatable, task) : recall(call, fingerprint, key);
    },
  };
}

/** Tells whether a call means nothing any more. */
const isOver = ({ startedAt, answer, tooLong }: RememberedCall, now: Date): boolean =>
  now.getTime() - startedAt > (answer === undefined && tooLong !== true ? ABANDONED_MS : KEPT_MS);

function recall(found: RememberedCall, fingerprint: string, key: string): unknown {
  if (found.fingerprint !== fingerprint) throw mismatch();
  if (found.tooLong === true) throw notKept();
  if (found.answer === undefined) throw inFlight();
  const text = unseal(found.answer, key);
  return JSON.parse((found.squeezed === true ? inflateRawSync(text) : text).toString('utf8'));
}

/** What is kept of an answer. */
function keep(answer: unknown, key: string): Pick<RememberedCall, 'answer' | 'squeezed' | 'tooLong'> {
  const text = JSON.stringify(answer ?? null);
  if (text.length > MAX_SQUEEZED_BYTES) return { tooLong: true };
  if (text.length <= RECORD_BYTES) return { answer: seal(Buffer.from(text), key) };
  const sealed = seal(deflateRawSync(text), key);
  return sealed.length > MAX_ANSWER_BYTES ? { tooLong: true } : { answer: sealed, squeezed: true };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const sealingKey = (key: string, salt: Uint8Array) => new Uint8Array(hkdfSync('sha256', key, salt, 'idempotency', 32));

function seal(text: Uint8Array, key: string): string {
  const salt = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', sealingKey(key, salt), salt);
  const sealed = [cipher.update(text), cipher.final()];
  return Buffer.concat([salt, ...sealed, cipher.getAuthTag()]).toString('base64');
}

function unseal(sealed: string, key: string): Buffer {
  const bytes = Buffer.from(sealed, 'base64');
  const salt = bytes.subarray(0, 12);
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(key, salt), salt);
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
}

const mismatch = (): AppError =>
  new AppError('IdempotencyMismatch', {
    zh: '同一个 Idempotency-Key 已用于内容不同的请求；请换一个新的 key',
    en: 'This Idempotency-Key was used for a request with other content; use a new one',
  });

const notKept = (): AppError =>
  new AppError('IdempotencyMismatch', {
    zh: '这个请求已经完成，但结果太长没有保存；请查询现在的状态（如 object/listObjects），不要重复执行',
    en: 'This request is done, but its answer was too long to keep; look at how things are now, by object/listObjects for instance, and do not repeat it',
  });

const tooMuch = (retryAfterSeconds: number): AppError =>
  new AppError(
    'TooManyRequests',
    {
      zh: `一天内带 Idempotency-Key 的请求过多；请 ${retryAfterSeconds} 秒后再试，或不带 Idempotency-Key`,
      en: `Too many requests with an Idempotency-Key in a day; try again in ${retryAfterSeconds} seconds, or without Idempotency-Key`,
    },
    { details: { retryAfterSeconds } },
  );

const inFlight = (): AppError =>
  new AppError(
    'IdempotencyInFlight',
    {
      zh: '同一个请求正在处理中，请稍后用同一个 key 重试',
      en: 'The same request is still running; try again later with the same key',
    },
    { details: { retryAfterSeconds: 1 } },
  );
