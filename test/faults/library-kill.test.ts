import { expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type BedProcess, startProcesses } from '../support/processes.ts';
import { createTempConfig } from '../support/temp-config.ts';

const ROUNDS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 200) >= 1000 ? 200 : 60;
const PERSON = { name: 'Kill', tfs: '', email: 'kill@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BUCKET = 'killed';
const NAMES = ['a.png', 'b.png', 'c/d.png', 'c/e.png'];
const PICTURES = [1, 2, 3].map((width) => makePng(width, 3).toString('base64'));

const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)] as Value;

/** Does one thing to some image after another until the process dies; answers how many were done. */
async function changeUntilDeath(victim: BedProcess, token: string, round: number): Promise<number> {
  for (let done = 0; ; ) {
    // Each round has names of its own, so that no later one mends what a kill has left.
    const [objectName, toObjectName] = [`${round}/${pick(NAMES)}`, `${round}/${pick(NAMES)}`];
    const place = { bucketName: BUCKET, objectName };
    const [url, input] = pick<readonly [string, object]>([
      ['object/putObject', { ...place, base64: pick(PICTURES) }],
      ['object/putObject', { ...place, base64: pick(PICTURES) }],
      ['object/copyObject', { ...place, toObjectName }],
      ['object/moveObject', { ...place, toObjectName }],
      ['object/removeObject', place],
      ['object/removeObjects', { bucketName: BUCKET, objectNames: [objectName, toObjectName] }],
    ]);
    const answer = await victim.call(url, input, token).catch(() => undefined);
    if (answer === undefined) return done;
    if (answer.success) done += 1;
  }
}

it(`R44 brings records and images in line again after ${ROUNDS} kills amid changes of two processes at once, by one run of the job`, {
  timeout: 600_000,
}, async () => {
  const { folder, remove } = await createTempConfig();
  const env = {
    IMAGEPIC_DATA_DIR: folder,
    IMAGEPIC_DEFAULT_BUCKET: BUCKET,
    IMAGEPIC_RECORDS: 'sqlite',
    IMAGEPIC_TRASH_DAYS: '0',
  };
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
    await witness.call('object/putObject', { bucketName: BUCKET, objectName: 'kept.png', base64: PICTURES[0] }, token);
    let done = 0;
    for (let round = 0; round < ROUNDS; round += 2) {
      const victims = await Promise.all([processes.start(), processes.start()]);
      const deaths = victims.map((victim) => setTimeout(() => void victim.kill(), 100 + Math.random() * 500));
      const counts = await Promise.all(victims.map((victim) => changeUntilDeath(victim, token, round)));
      for (const death of deaths) clearTimeout(death);
      done += counts.reduce((sum, count) => sum + count, 0);
    }
    console.log(`${ROUNDS} kills, ${done} acknowledged changes`);
    expect(done).toBeGreaterThan(ROUNDS);

    await settle();
    const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
    const call = async (url: string, input: object): Promise<Answer> =>
      JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token }, {})));
    const { lists } = (await call('object/listObjects', { bucketName: BUCKET, recursive: true, pageNum: -1 })).data;
    const { images, total } = (await call('image/search', { order: 'name', pageSize: 1000 })).data;
    const toFacts = ({ size, width, height }: { size: number; width: number; height: number }) => [size, width, height];
    const listed = lists.map((entry: Parameters<typeof toFacts>[0] & { name: string }) => [
      entry.name,
      ...toFacts(entry),
    ]);
    const recorded = images.map((image: Parameters<typeof toFacts>[0] & { objectName: string }) => [
      image.objectName,
      ...toFacts(image),
    ]);
    expect(recorded.toSorted()).toEqual(listed.toSorted());
    expect(total).toBe(listed.length);
  } finally {
    await processes.close();
    await remove();
  }
});
