import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReconcile } from '../../src/services/jobs/reconcile.ts';
import { NO_OPEN_CHANGES } from '../../src/services/objects/open-changes.ts';
import { createFileDocumentStore } from '../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';
import { readAll } from '../suites/object-store-objects.suite.ts';
import { buildWorker, type Worker } from '../support/file-processes.ts';
import { BUCKET, createServices } from '../support/memory/bed.ts';
import {
  type Arena,
  BUDGET_MS,
  CALLERS,
  compareBooks,
  ENDS,
  type KeyRace,
  type Operation,
  PAIRS,
  prepare,
} from '../support/one-key.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

/** How often each pair is killed in. */
const KILLS_A_PAIR = Number(process.env['IMAGEPIC_KILLS_A_PAIR'] ?? 1);
/** The longest that a process lives once a race has begun: some calls of each kind are through by then, and some are not. */
const LIFE_MS = 60;
const DIED = 'died';
const REMOVING: readonly Operation[] = ['remove', 'removeMany', 'deleteLink'];
const now = (): Date => new Date();

describe('S2 S3 a process that is killed while two things are done to one key by many', () => {
  let folder: TempFolder;
  let start: () => Promise<Worker>;
  let witness: Worker;
  let arena: Arena;
  beforeAll(async () => {
    folder = await makeTempFolder();
    const startIn = await buildWorker(folder.path);
    start = () => startIn(folder.path);
    witness = await start();
    const documents = createFileDocumentStore({ folder: `${folder.path}/documents`, now });
    const signing = { key: Buffer.alloc(32, 'k') };
    const store = createFileObjectStore({ folder: `${folder.path}/objects`, now, signing });
    await store.makeBucket(BUCKET);
    arena = {
      documents,
      store,
      bed: createServices({ documents, store, now }),
      run: (...race) => ask(witness, ...race),
    };
  });
  afterAll(async () => {
    await witness?.kill();
    await folder.remove();
  });

  const ask = async (worker: Worker, operation: Operation, race: KeyRace): Promise<string | undefined> => {
    const { userId, key, caller, deleteToken, uploadId } = race;
    try {
      await worker.ask('race', operation, userId, key, caller, deleteToken, uploadId);
      return undefined;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  };

  /** Brings the books of everybody together with the bucket, once. */
  const reconcile = async (adminId: string): Promise<void> => {
    const { bed, documents, store } = arena;
    const isAccount = async (userId: string) => (await bed.users.find(userId)) !== undefined;
    const newRunId = () => 'a'.repeat(32);
    const run = createReconcile({ ...bed, documents, store, changes: NO_OPEN_CHANGES, isAccount, newRunId, now });
    let cursor: string | undefined;
    do {
      const slice = await run({ adminId, repair: true, cursor });
      expect(slice).toMatchObject({ unowned: [], foreign: [] });
      cursor = slice.cursor;
    } while (cursor !== undefined);
  };

  /** What is stored below a prefix, each read whole. */
  const readBelow = async (prefix: string): Promise<ReadonlySet<string>> => {
    const { objects } = await arena.store.list(BUCKET, { prefix, limit: 1000 });
    for (const { key } of objects) {
      const opened = await arena.store.get(BUCKET, key);
      expect(opened && (await readAll(opened)).byteLength, key).toBe(opened?.object.size);
    }
    return new Set(objects.map(({ key }) => key));
  };

  /** Which of what was acknowledged, or was there and nobody removed, is not there. */
  const findLost = (
    pair: readonly Operation[],
    done: readonly Operation[],
    key: string,
    there: ReadonlySet<string>,
  ) => {
    const lost: string[] = [];
    const has = (...keys: readonly string[]): boolean => keys.some((one) => there.has(one));
    if (done.includes('move') && !has(`${key}.moved`)) lost.push('what was moved is gone');
    if (done.includes('copyAway') && !has(`${key}.copy`)) lost.push('the copy is gone');
    if (!pair.includes('removeMany') && !has(`${key}.source`)) lost.push('what nobody was at is gone');
    if (!pair.some((one) => REMOVING.includes(one)) && !has(key, `${key}.moved`)) lost.push('the image is gone');
    return lost;
  };

  interface Answer {
    readonly operation: Operation;
    readonly isBobs: boolean;
    readonly end: string | undefined;
    readonly ms: number;
  }

  const raceUntilDeath = async (victim: Worker, pair: readonly [Operation, Operation], round: number) => {
    const key = `round-${round}/a.png`;
    const { ann, bob, raceOf } = await prepare(arena, key);
    const death = new Promise<void>((resolve) => {
      setTimeout(() => void victim.kill().then(resolve), randomInt(LIFE_MS));
    });
    const attempt = async (operation: Operation, isBobs: boolean, caller: number): Promise<Answer> => {
      const began = performance.now();
      // Half of each kind is done by the one that dies.
      const worker = caller % 4 < 2 ? victim : witness;
      const call = ask(worker, operation, raceOf((isBobs ? bob : ann).userId, caller));
      const end = await (worker === victim ? Promise.race([call, death.then(() => DIED)]) : call);
      return { operation, isBobs, end, ms: performance.now() - began };
    };
    const calls = Array.from({ length: CALLERS }, (_, caller) => attempt(pair[caller % 2 ? 1 : 0], false, caller));
    const answers = await Promise.all([attempt('put', true, round), ...calls]);
    await death;
    return { key, ann, bob, raceOf, answers };
  };

  const checkRound = async (victim: Worker, pair: readonly [Operation, Operation], round: number) => {
    const { key, ann, bob, raceOf, answers } = await raceUntilDeath(victim, pair, round);
    const wrong = answers.flatMap(({ operation, end, ms }) => [
      ...(end === DIED || ENDS.includes(end) ? [] : [`${operation} ended with ${end}`]),
      ...(ms > BUDGET_MS ? [`${operation} took too long`] : []),
    ]);
    const there = await readBelow(`round-${round}/`);
    const done = answers.filter(({ end, isBobs }) => end === undefined && !isBobs).map(({ operation }) => operation);
    wrong.push(...findLost(pair, done, key, there));
    const owner = (await arena.store.head(BUCKET, key))?.metadata['owner'];
    const isBobAcknowledged = answers.some(({ isBobs, end }) => isBobs && end === undefined);
    if (isBobAcknowledged && owner !== bob.userId) wrong.push('what Bob stored is gone or replaced');
    // Nothing that the dead one held keeps others out.
    const next = await arena.run('overwrite', raceOf(owner ?? ann.userId, CALLERS));
    if (next !== undefined) wrong.push(`afterwards an overwrite ended with ${next}`);
    await reconcile(ann.userId);
    wrong.push(...(await compareBooks(arena, `round-${round}/`, [ann, bob])));
    const unanswered = answers.filter(({ end }) => end === DIED).length;
    return { wrong: wrong.map((what) => `${pair.join(' and ')}: ${what}`), unanswered };
  };

  it('R34 R44 loses nothing acknowledged, keeps nobody out, and one reconciliation brings the books right', async () => {
    const rounds = PAIRS.flatMap((pair) => Array.from({ length: KILLS_A_PAIR }, () => pair));
    const wrong: string[] = [];
    let unanswered = 0;
    let starting = start();
    for (const [round, pair] of rounds.entries()) {
      const victim = await starting;
      if (round + 1 < rounds.length) starting = start();
      const found = await checkRound(victim, pair, round);
      wrong.push(...found.wrong);
      unanswered += found.unanswered;
    }
    console.log(`${rounds.length} kills, ${unanswered} calls unanswered`);
    expect(wrong).toEqual([]);
    expect(unanswered).toBeGreaterThan(rounds.length);
  });
});
