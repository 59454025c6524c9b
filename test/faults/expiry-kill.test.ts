import { expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type BedProcess, startProcesses } from '../support/processes.ts';
import { createTempConfig } from '../support/temp-config.ts';

const PERSON = { name: 'Kill', tfs: '', email: 'kill@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const KILLS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 200) >= 1000 ? 100 : 30;
const HOUR_SECONDS = 60 * 60;
const MINUTE_MS = 60_000;

/** Uploads images, every second one to go in an hour, some of them over others, until the process dies; answers how many were acknowledged. */
async function uploadUntilDeath(victim: BedProcess, token: string, round: number, begun: () => void): Promise<number> {
  for (let number = 0; ; number += 1) {
    const goes = number % 2 === 1;
    const objectName = `${goes ? 'goes' : 'stays'}/${round}-${number - (number % 8 > 5 ? 2 : 0)}.png`;
    const base64 = makePng(2, 3, { grey: number % 200 }).toString('base64');
    const input = { bucketName: 'images', objectName, base64, ...(goes && { expiresIn: HOUR_SECONDS }) };
    const answer = await victim.call('object/putObject', input, token).catch(() => undefined);
    if (answer?.success !== true) return number;
    begun();
  }
}

it(`R44 lets images that were uploaded to go by themselves go in time, and never early, after ${KILLS} kills`, {
  timeout: 600_000,
}, async () => {
  const { folder, remove } = await createTempConfig();
  const env = { IMAGEPIC_DATA_DIR: folder, IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_DEFAULT_BUCKET: 'images' };
  const processes = await startProcesses(1, env);
  let later = 0;
  try {
    const [witness] = processes.all;
    if (witness === undefined) throw new TypeError('no process');
    await witness.call('auth/register', PERSON);
    const { phone, upwd } = PERSON;
    const { token } = (await witness.call('auth/login', { phone, upwd })).data;
    const startedAt = Date.now();
    let acknowledged = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const victim = await processes.start();
      let isDying = false;
      const begun = () => {
        if (!isDying) setTimeout(() => void victim.kill(), Math.random() * 300);
        isDying = true;
      };
      acknowledged += await uploadUntilDeath(victim, token, round, begun);
    }
    const app = await bootstrap(loadConfig(env), {
      writeLog: () => undefined,
      now: () => new Date(Date.now() + later),
    });
    const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
    const call = async (url: string, input: object, as?: string): Promise<Answer> =>
      JSON.parse(JSON.stringify(await entry({ ...input, $url: url, ...(as !== undefined && { $token: as }) }, {})));
    /** One run of the job, so many minutes after all uploads, and what is there then. */
    const sweepAt = async (minutes: number) => {
      later = minutes * MINUTE_MS;
      await app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 120_000 });
      const as = (await call('auth/login', { phone, upwd })).data.token;
      const all = { bucketName: 'images', recursive: true, pageNum: -1 };
      const { lists } = (await call('object/listObjects', all, as)).data;
      const names: string[] = lists.map(({ name }: { name: string }) => name);
      return {
        goes: names.filter((name) => name.startsWith('goes/')),
        stays: names.filter((name) => name.startsWith('stays/')),
        as,
      };
    };
    const first = await sweepAt(0);
    console.log(
      `${KILLS} kills, ${acknowledged} acknowledged, ${first.goes.length} to go, ${first.stays.length} to stay`,
    );
    expect(first.goes.length).toBeGreaterThan(KILLS / 2);
    for (const objectName of first.goes) {
      const known = await call('image/getImage', { bucketName: 'images', objectName }, first.as);
      expect(known.data.expiresAt, objectName).toBeDefined();
    }
    // A minute before the hour of the very first.
    const early = await sweepAt(59 - (Date.now() - startedAt) / MINUTE_MS);
    expect(early.goes).toEqual(first.goes);
    const due = await sweepAt(61);
    expect(due.goes).toEqual([]);
    expect(due.stays).toEqual(first.stays);
  } finally {
    await processes.close();
    await remove();
  }
});
