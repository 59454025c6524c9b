import { expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type BedProcess, startProcesses } from '../support/processes.ts';
import { createTempConfig } from '../support/temp-config.ts';

const ROUNDS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 200) >= 1000 ? 200 : 40;
const PERSON = { name: 'Kill', tfs: '', email: 'kill@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BUCKET = 'killed';
const IMAGES = 4;
const PICTURE = makePng(3, 3);
const HOUR_MS = 60 * 60 * 1000;

interface Listed {
  readonly imageId: string;
  readonly objectName: string;
}

/** Throws images away and restores them until the process dies; answers how often. */
async function moveUntilDeath(victim: BedProcess, token: string, images: readonly Listed[]): Promise<number> {
  for (let done = 0; ; ) {
    const { imageId, objectName } = images[Math.floor(Math.random() * images.length)] as Listed;
    const [url, input] =
      Math.random() < 0.5
        ? ['object/removeObject', { bucketName: BUCKET, objectName }]
        : ['image/restore', { imageId }];
    const answer = await victim.call(url as string, input as object, token).catch(() => undefined);
    if (answer === undefined) return done;
    if (answer.success) done += 1;
  }
}

it(`R44 loses no image to ${ROUNDS} kills of processes that throw the same ones away and restore them, and counts each once`, {
  timeout: 600_000,
}, async () => {
  const { folder, remove } = await createTempConfig();
  const env = {
    ...{ IMAGEPIC_DATA_DIR: folder, IMAGEPIC_DEFAULT_BUCKET: BUCKET },
    ...{ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' },
  };
  const processes = await startProcesses(1, env);
  try {
    const [witness] = processes.all;
    if (witness === undefined) throw new TypeError('no process');
    await witness.call('auth/register', PERSON);
    const token = (await witness.call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token;
    let done = 0;
    const all: string[] = [];
    for (let round = 0; round < ROUNDS; round += 2) {
      // Each round has images of its own, so that no later one mends what a kill has left.
      const names = Array.from({ length: IMAGES }, (_, number) => `${round}/${number}.png`);
      const base64 = PICTURE.toString('base64');
      for (const objectName of names)
        await witness.call('object/putObject', { bucketName: BUCKET, objectName, base64 }, token);
      all.push(...names);
      const images = (await witness.call('image/search', { prefix: `${round}/`, bucketName: BUCKET }, token)).data
        .images;
      expect(images).toHaveLength(IMAGES);
      const victims = await Promise.all([processes.start(), processes.start()]);
      const deaths = victims.map((victim) => setTimeout(() => void victim.kill(), 100 + Math.random() * 500));
      const counts = await Promise.all(victims.map((victim) => moveUntilDeath(victim, token, images)));
      for (const death of deaths) clearTimeout(death);
      done += counts.reduce((sum, count) => sum + count, 0);
    }
    console.log(`${ROUNDS} kills, ${done} acknowledged moves of ${all.length} images`);
    expect(done).toBeGreaterThan(ROUNDS);

    // The locks of the dead are over, and what no record names is nobody's.
    let later = 2 * HOUR_MS;
    const now = () => new Date(Date.now() + later);
    const app = await bootstrap(loadConfig(env), { writeLog: () => undefined, now });
    const settle = () => app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
    await settle();
    later = 60_000;
    const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
    const call = async (url: string, input: object): Promise<Answer> =>
      JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token }, {})));
    const namesOf = (images: readonly Listed[]) => images.map(({ objectName }) => objectName).toSorted();
    const { lists } = (await call('object/listObjects', { bucketName: BUCKET, recursive: true, pageNum: -1 })).data;
    const present = namesOf((await call('image/search', { order: 'name', pageSize: 1000 })).data.images);
    const { images: trashed } = (await call('image/listTrash', { pageSize: 1000 })).data;
    expect(lists.map(({ name }: { name: string }) => name).toSorted()).toEqual(present);
    expect([...present, ...namesOf(trashed)].toSorted()).toEqual(all.toSorted());
    const { usage } = (await call('auth/me', {})).data;
    expect(usage.objects).toBe(all.length);

    for (const { imageId } of trashed) expect((await call('image/restore', { imageId })).error).toBeUndefined();
    const restored = (await call('object/listObjects', { bucketName: BUCKET, recursive: true, pageNum: -1 })).data
      .lists;
    expect(restored.map(({ name }: { name: string }) => name).toSorted()).toEqual(all.toSorted());
  } finally {
    await processes.close();
    await remove();
  }
});
