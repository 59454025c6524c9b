// https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { parseDocument } from './documents.ts';

/** Collection of the calls that may come again. */
export const RECORDS = 'idempotency';
const KEPT_MS = 24 * 60 * 60 * 1000;
/** A call that has not finished after this long died with its process. */
const ABANDONED_MS = 15 * 60 * 1000;

/** A call as it is remembered. */
export const recordDocument = v.object({
  fingerprint: v.string(),
  startedAt: v.number(),
  /** The sealed answer, once there is one. */
  answer: v.optional(v.string()),
});

type IdempotencyRecord = v.InferOutput<typeof recordDocument>;

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

type Beginning = { readonly isFirst: true } | { readonly isFirst: false; readonly answer: unknown };
const FIRST: Beginning = { isFirst: true };

/** Creates the idempotency service. Answers may hold tokens, so they are sealed under the key that only the client knows. */
export function createIdempotency(documents: DocumentStore, now: () => Date): Idempotency {
  /** Takes the record for a first call, or tells what became of the call that was first. */
  const begin = async (id: string, fingerprint: string, key: string): Promise<Beginning> => {
    const record = { fingerprint, startedAt: now().getTime() };
    if (await documents.create(RECORDS, id, record)) return FIRST;
    const stored = await documents.read(RECORDS, id);
    // The first call failed and was forgotten in this very moment.
    if (stored === undefined) throw inFlight();
    const found = parseDocument(recordDocument, stored.doc);
    if (!isOver(found, now())) return recall(found, fingerprint, key);
    if (!(await documents.replace(RECORDS, id, record, stored.revision))) throw inFlight();
    return FIRST;
  };

  return {
    once: async ({ key, scope, content }, task) => {
      const id = digest(`${scope} ${key}`);
      const fingerprint = digest(content);
      const beginning = await begin(id, fingerprint, key);
      if (!beginning.isFirst) return beginning.answer;
      try {
        const answer = await task();
        const stored = await documents.read(RECORDS, id);
        const record = { fingerprint, startedAt: now().getTime(), answer: seal(answer, key) };
        if (stored) await documents.replace(RECORDS, id, record, stored.revision);
        return answer;
      } catch (error) {
        await documents.remove(RECORDS, id);
        throw error;
      }
    },
  };
}

/** Tells whether a record means nothing any more. */
export const isOver = ({ startedAt, answer }: IdempotencyRecord, now: Date): boolean =>
  now.getTime() - startedAt > (answer === undefined ? ABANDONED_MS : KEPT_MS);

function recall(found: IdempotencyRecord, fingerprint: string, key: string): Beginning {
  if (found.fingerprint !== fingerprint) throw mismatch();
  if (found.answer === undefined) throw inFlight();
  return { isFirst: false, answer: unseal(found.answer, key) };
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
