import * as v from 'valibot';
import type { DocumentStore, JsonObject } from '../ports/document-store.ts';
import { defineCollection } from './collection.ts';

/** What a probe writes, and leaves where it is cut off. */
export const PROBES = defineCollection({
  name: 'probes',
  schema: v.object({ value: v.number(), expiresAt: v.string() }),
  retention: { isExpired: ({ expiresAt }, now) => Date.parse(expiresAt) <= now.getTime() },
});

/** What a store was seen to do that it promises not to, by its name; and in words, with where that is and what to do. */
export interface Fault {
  readonly name: string;
  readonly zh: string;
  readonly en: string;
}

const CREATES_TWICE: Fault = {
  name: 'create',
  zh: '许多请求同时新建同一份文档，得到确认的不是恰好一个',
  en: 'of many who made the same document at once, not exactly one was told that it did',
};
const REPLACES_TWICE: Fault = {
  name: 'compare-and-set',
  zh: '许多请求同时替换一份文档的同一版本，得到确认的不是恰好一个',
  en: 'of many who replaced the same revision of a document at once, not exactly one was told that it did',
};
const MISCOUNTS: Fault = {
  name: 'increment',
  zh: '计数器丢失了已经确认的累加',
  en: 'a counter lost increments that were acknowledged',
};
const READS_OLD: Fault = {
  name: 'read-your-write',
  zh: '已经确认的写入读不到',
  en: 'a write that was acknowledged was not there when it was read',
};

/**
 * Puts a store to the proof; `undefined` when nothing is wrong.
 *
 * @throws {AppError} ServiceUnavailable when the store does not answer, so that nothing can be told
 */
export type AtomicityProbe = () => Promise<Fault | undefined>;

interface ProbeOptions {
  readonly documents: DocumentStore;
  /** Where the documents are, as people are told, and the variable that says so. */
  readonly place: { readonly documents: string; readonly variable: string };
  readonly newId: () => string;
  readonly now: () => Date;
}

const AT_ONCE = 20;
/** A store that loses some may by chance lose none of a few. */
const RACES = 3;
const EXPIRES_IN_SECONDS = 24 * 60 * 60;

/** How a race ended: with what is wrong, or with the revision that is stored now. */
type Outcome = { readonly fault: Fault } | { readonly fault?: never; readonly revision: string };

/** Creates the probe: races for one document and one counter of its own, some hundred requests in all. */
export function createAtomicityProbe({ documents, place, newId, now }: ProbeOptions): AtomicityProbe {
  const { name } = PROBES;
  const toDoc = (value: number): JsonObject => ({
    value,
    expiresAt: new Date(now().getTime() + EXPIRES_IN_SECONDS * 1000).toISOString(),
  });

  let races = 0;
  /** All write at once, each a number that nobody wrote before; one is told that it did, and its number is there. */
  const race = async (id: string, fault: Fault, write: (doc: JsonObject) => Promise<boolean>): Promise<Outcome> => {
    races += 1;
    const numbers = everybody.map((each) => races * AT_ONCE + each);
    const told = await Promise.allSettled(numbers.map((number) => write(toDoc(number))));
    const winners = numbers.filter((_, index) => isAnswer(told[index], true));
    if (winners.length > 1) return { fault };
    // Who got no answer may be the one.
    requireAnswers(told);
    if (winners.length === 0) return { fault };
    const stored = await documents.read(name, id);
    if (stored === undefined || stored.doc['value'] !== winners[0]) return { fault: READS_OLD };
    return { revision: stored.revision };
  };

  const raceForDocument = async (id: string): Promise<Fault | undefined> => {
    let won = await race(id, CREATES_TWICE, (doc) => documents.create(name, id, doc));
    for (let round = 0; round < RACES && won.fault === undefined; round += 1) {
      const { revision } = won;
      won = await race(id, REPLACES_TWICE, (doc) => documents.replace(name, id, doc, revision));
    }
    return won.fault;
  };

  const raceForCounter = async (id: string): Promise<Fault | undefined> => {
    const add = (by: number) => documents.increment(name, id, { by, expiresInSeconds: EXPIRES_IN_SECONDS });
    const told = requireAnswers(await Promise.allSettled(everybody.map(() => add(1))));
    const { value } = await add(0);
    const numbers = new Set(told.map((counter) => counter.value));
    return value === AT_ONCE && numbers.size === AT_ONCE ? undefined : MISCOUNTS;
  };

  return async () => {
    const [document, counter] = [`document-${newId()}`, `counter-${newId()}`];
    try {
      const seen = (await raceForDocument(document)) ?? (await raceForCounter(counter));
      return seen && explain(seen, place);
    } finally {
      // The sweep takes what stays.
      await Promise.allSettled([document, counter].map((id) => documents.remove(name, id)));
    }
  };
}

const explain = ({ name, zh, en }: Fault, { documents, variable }: ProbeOptions['place']): Fault => ({
  name,
  zh: `${documents} 不可信：${zh}。账号、配额与图片的记录在其中会丢失，因此不予使用；请管理员换用可靠的数据库，并改正 ${variable}`,
  en: `${documents} cannot be relied upon: ${en}. Accounts, quotas and records of images would be lost in it, so it is refused; an admin chooses a database that keeps its word, and corrects ${variable}`,
});

const everybody = Array.from({ length: AT_ONCE }, (_, index) => index);

const isAnswer = <Answer>(told: PromiseSettledResult<Answer> | undefined, answer: Answer): boolean =>
  told?.status === 'fulfilled' && told.value === answer;

function requireAnswers<Answer>(told: readonly PromiseSettledResult<Answer>[]): readonly Answer[] {
  return told.map((each) => {
    if (each.status === 'rejected') throw each.reason;
    return each.value;
  });
}
