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
const IMAGES = 2;
const HOUR_MS = 60 * 60 * 1000;

const picture = (side: number): string => makePng(side, side).toString('base64');

/** Most of the life of a process after its first answer, in milliseconds. */
const LIFE_MS = 1500;

/** Replaces images and rolls them back until the process dies, some time after its first answer; answers how often. */
async function replaceUntilDeath(victim: BedProcess, token: string, imageIds: readonly string[]): Promise<number> {
  let isDoomed = false;
  for (let done = 0; ; ) {
    const imageId = imageIds[Math.floor(Math.random() * imageIds.length)] as string;
    const versions = await victim.call('image/listVersions', { imageId }, token).catch(() => undefined);
    if (versions === undefined) return done;
    if (!isDoomed) setTimeout(() => void victim.kill(), Math.random() * LIFE_MS);
    isDoomed = true;
    const [version] = versions.data ?? [];
    const answer =
      version !== undefined && Math.random() < 0.5
        ? victim.call('image/rollBack', { imageId, versionId: version.versionId }, token)
        : victim.call('image/replace', { imageId, base64: picture(2 + Math.floor(Math.random() * 30)) }, token);
    const settled = await answer.catch(() => undefined);
    if (settled === undefined) return done;
    if (settled.success) done += 1;
  }
}

it(`R44 leaves the old picture or the new one, never none, over ${ROUNDS} kills of processes that replace it and roll it back, and its books right`, {
  timeout: 600_000,
}, async () => {
  const { folder, remove } = await createTempConfig();
  const env = { IMAGEPIC_DATA_DIR: folder, IMAGEPIC_DEFAULT_BUCKET: BUCKET, IMAGEPIC_RECORDS: 'sqlite' };
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
      const imageIds: string[] = [];
      for (let number = 0; number < IMAGES; number += 1) {
        const place = { bucketName: BUCKET, objectName: `${round}/${number}.png` };
        imageIds.push((await witness.call('object/putObject', { ...place, base64: picture(1) }, token)).data.imageId);
      }
      all.push(...imageIds);
      const victims = await Promise.all([processes.start(), processes.start()]);
      const counts = await Promise.all(victims.map((victim) => replaceUntilDeath(victim, token, imageIds)));
      done += counts.reduce((sum, count) => sum + count, 0);
      for (const imageId of imageIds) {
        const { bucketName, objectName } = (await witness.call('image/getImage', { imageId }, token)).data;
        expect((await witness.call('object/getObject', { bucketName, objectName }, token)).error).toBeUndefined();
      }
    }
    console.log(`${ROUNDS} kills, ${done} acknowledged replacements of ${all.length} images`);
    expect(done).toBeGreaterThan(0);

    // The locks of the dead are over, and what no record names is nobody's.
    let later = 2 * HOUR_MS;
    const now = () => new Date(Date.now() + later);
    const app = await bootstrap(loadConfig(env), { writeLog: () => undefined, now });
    await app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
    later = 60_000;
    const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
    const call = async (url: string, input: object): Promise<Answer> =>
      JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token }, {})));
    let versions = 0;
    for (const imageId of all) {
      const shown = (await call('image/getImage', { imageId })).data;
      const { bucketName, objectName } = shown;
      expect(shown).toMatchObject({ width: (await call('object/statObject', { bucketName, objectName })).data.width });
      versions += (await call('image/listVersions', { imageId })).data.length;
    }
    const { images: trashed } = (await call('image/listTrash', { pageSize: 1000 })).data;
    expect(trashed).toHaveLength(versions);
    // The bytes agree with the records, and the count with both but for what was cut off between the two.
    let [checked, cursor] = [0, undefined as string | undefined];
    do {
      const { data } = await call('bucket/reconcile', { repair: true, ...(cursor !== undefined && { cursor }) });
      [checked, cursor] = [checked + data.checked, data.cursor];
      expect(data.records).toEqual({ missing: 0, stale: 0 });
    } while (cursor !== undefined);
    expect(checked).toBe(all.length + versions);
    expect((await call('auth/me', {})).data.usage.objects).toBe(all.length + versions);
  } finally {
    await processes.close();
    await remove();
  }
});
