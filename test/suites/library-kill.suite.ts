import { expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type BedProcess, startProcesses } from '../support/processes.ts';

const PERSON = { name: 'Kill', tfs: '', email: 'kill@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BUCKET = 'killed';
const NAMES = ['a.png', 'b.png', 'c/d.png', 'c/e.png'];
const PICTURES = [1, 2, 3].map((width) => makePng(width, 3).toString('base64'));

const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value;

/** What was acknowledged of pictures that nobody else touches: each is at one of these names. */
type Kept = Map<string, readonly string[]>;

/** What one process does where no other one does anything. */
interface Own {
  readonly folder: string;
  /** Called when it has done its first. */
  begun(): void;
  readonly kept: Kept;
}

/** Does one thing to some image after another until the process dies; answers how many were done. */
async function changeUntilDeath(victim: BedProcess, token: string, round: number, own: Own): Promise<number> {
  const call = (url: string, input: object) =>
    victim.call(url, { bucketName: BUCKET, ...input }, token).catch(() => undefined);
  const keep = async (number: number): Promise<boolean> => {
    const [objectName, toObjectName] = [`${own.folder}/kept-${number}.png`, `${own.folder}/moved-${number}.png`];
    if ((await call('object/putObject', { objectName, base64: pick(PICTURES) }))?.success !== true) return false;
    own.kept.set(objectName, [objectName]);
    if (number % 8 === 0) return true;
    own.kept.set(objectName, [objectName, toObjectName]);
    if ((await call('object/moveObject', { objectName, toObjectName }))?.success !== true) return false;
    own.kept.set(objectName, [toObjectName]);
    return true;
  };
  if (!(await keep(0))) throw new Error('The first picture was refused');
  own.begun();
  for (let done = 1, number = 1; ; number += 1) {
    // Each round has names of its own, so that no later one mends what a kill has left.
    const [objectName, toObjectName] = [`${round}/${pick(NAMES)}`, `${round}/${pick(NAMES)}`];
    const [url, input] = pick<readonly [string, object]>([
      ['object/putObject', { objectName, base64: pick(PICTURES) }],
      ['object/putObject', { objectName, base64: pick(PICTURES) }],
      ['object/copyObject', { objectName, toObjectName }],
      ['object/moveObject', { objectName, toObjectName }],
      ['object/removeObject', { objectName }],
      ['object/removeObjects', { objectNames: [objectName, toObjectName] }],
    ]);
    const answer = await call(url, input);
    if (answer === undefined) return done;
    if (answer.success) done += 1;
    if (number % 4 === 0 && (await keep(number))) done += 1;
  }
}

/** Goes through a whole reconciliation, and adds up what it finds. */
async function reconcile(call: (url: string, input: object) => Promise<Answer>, repair: boolean) {
  const found = { missing: 0, stale: 0, drift: 0 };
  let cursor: string | undefined;
  do {
    const { data } = await call('bucket/reconcile', { repair, ...(cursor !== undefined && { cursor }) });
    found.missing += data.records.missing;
    found.stale += data.records.stale;
    found.drift += data.drift.length;
    cursor = data.cursor;
  } while (cursor !== undefined);
  return found;
}

interface Facts {
  readonly size: number;
  readonly width: number;
  readonly height: number;
}
const toFacts = ({ size, width, height }: Facts) => [size, width, height];

/** States what becomes of records and images of a bed that keeps records, set by `env`, when its processes are killed. */
export function describeLibraryKill(
  where: string,
  rounds: number,
  open: () => Promise<{ readonly env: Readonly<Record<string, string>>; close(): Promise<unknown> }>,
): void {
  it(`R44 brings records and images in line again after ${rounds} kills amid changes of two processes at once, by one run of the job: ${where}`, {
    timeout: 1_200_000,
  }, async () => {
    const opened = await open();
    const env = { ...opened.env, IMAGEPIC_DEFAULT_BUCKET: BUCKET, IMAGEPIC_TRASH_DAYS: '0' };
    const processes = await startProcesses(1, env);
    try {
      const [witness] = processes.all;
      if (witness === undefined) throw new TypeError('no process');
      await witness.call('auth/register', PERSON);
      const token = (await witness.call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token;
      const app = await bootstrap(loadConfig(env), { writeLog: () => undefined });
      const settle = () => app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
      // From now on no bucket is walked: what is mended is mended by what changes have left.
      expect(await settle()).toEqual({ finished: true });
      await witness.call('object/putObject', { bucketName: BUCKET, objectName: 'old.png', base64: PICTURES[0] }, token);
      let done = 0;
      const kept: Kept = new Map();
      for (let round = 0; round < rounds; round += 2) {
        const victims = await Promise.all([processes.start(), processes.start()]);
        const live = (victim: BedProcess, index: number) => {
          const begun = () => void setTimeout(() => void victim.kill(), Math.random() * 500);
          return changeUntilDeath(victim, token, round, { folder: `${round}-${index}`, begun, kept });
        };
        for (const count of await Promise.all(victims.map(live))) done += count;
      }
      console.log(`${where}: ${rounds} kills, ${done} acknowledged changes, ${kept.size} pictures to keep`);
      expect(done).toBeGreaterThanOrEqual(rounds);
      expect(kept.size).toBeGreaterThanOrEqual(rounds);

      await settle();
      const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
      const call = async (url: string, input: object): Promise<Answer> =>
        JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token }, {})));
      const { lists } = (await call('object/listObjects', { bucketName: BUCKET, recursive: true, pageNum: -1 })).data;
      const listed = lists.map((one: Facts & { name: string }) => [one.name, ...toFacts(one)]);
      const recorded = [];
      for (let continuationToken: string | undefined, isFirst = true; isFirst || continuationToken !== undefined; ) {
        const asked = { order: 'name', pageSize: 1000, ...(continuationToken !== undefined && { continuationToken }) };
        const { data } = await call('image/search', asked);
        recorded.push(...data.images.map((one: Facts & { objectName: string }) => [one.objectName, ...toFacts(one)]));
        [continuationToken, isFirst] = [data.continuationToken, false];
      }
      expect(recorded.toSorted()).toEqual(listed.toSorted());
      const names = new Set(lists.map(({ name }: { name: string }) => name));
      const lost = [...kept.values()].filter((places) => places.every((name) => !names.has(name)));
      expect(lost).toEqual([]);
      expect(await reconcile(call, false)).toMatchObject({ missing: 0, stale: 0 });
      await reconcile(call, true);
      expect(await reconcile(call, false)).toEqual({ missing: 0, stale: 0, drift: 0 });
    } finally {
      await processes.close();
      await opened.close();
    }
  });
}
