import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RemoteEmulator, startCloudBaseEmulatorProcess } from '../support/cloudbase-emulator/process.ts';
import { EMULATED } from '../support/cloudbase-emulator.ts';
import { makePng } from '../support/png.ts';
import { type Processes, startProcesses } from '../support/processes.ts';
import { createTempConfig } from '../support/temp-config.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PERSON = { name: 'Race', tfs: '', email: 'race@example.com', upwd: 'correct horse 7' };
const ADMIN = '13800000001';
const BASE64 = makePng(2, 2).toString('base64');

let folder: string;
let remove: () => Promise<void>;
let processes: Processes;
/** Where the documents are, beside the folder. */
let documents: Readonly<Record<string, string>> = {};
beforeEach(async () => {
  ({ folder, remove } = await createTempConfig());
});
afterEach(async () => {
  await processes.close();
  await remove();
});
const start = async (count: number): Promise<Processes> => {
  processes = await startProcesses(count, { IMAGEPIC_DATA_DIR: folder, IMAGEPIC_ADMIN_PHONE: ADMIN, ...documents });
  return processes;
};
const signIn = async (phone: string) => {
  const [first] = processes.all;
  expect(await first?.call('auth/register', { ...PERSON, phone })).toMatchObject({ success: true });
  const answer = await first?.call('auth/login', { phone, upwd: PERSON.upwd });
  expect(answer).toMatchObject({ success: true });
  return answer?.data;
};
/** How many of the answers are a success, and how many are each refusal. */
function tally(answers: readonly ({ readonly success: boolean; readonly error?: string } | undefined)[]) {
  const counts: Record<string, number> = {};
  for (const answer of answers) {
    const end = answer?.success === true ? 'success' : String(answer?.error);
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

/** States what many processes may do to accounts at once. */
function itKeepsAccountsStraight(crowd: number, rounds: number): void {
  it(`R19 let one of ${crowd} register a phone, in each of ${rounds} rounds`, async () => {
    const { all } = await start(crowd);
    for (let round = 0; round < rounds; round += 1) {
      const phone = `1380000${String(round).padStart(4, '0')}`;
      const answers = await Promise.all(all.map((one) => one.call('auth/register', { ...PERSON, phone })));
      expect(
        answers.filter(({ success }) => success),
        `round ${round}`,
      ).toHaveLength(1);
      expect(new Set(answers.filter(({ success }) => !success).map(({ error }) => error))).toEqual(
        new Set(['AccountExists']),
      );
    }
  });

  it('R15 give one of 50 parallel refreshes a pair', async () => {
    const { all } = await start(5);
    const { refreshToken } = await signIn(ADMIN);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => all[index % 5]?.call('auth/refresh', { refreshToken })),
    );
    expect(tally(answers)).toEqual({ success: 1, RefreshRaced: 49 });
    const [winner] = answers.filter((answer) => answer?.success);
    expect(await all[0]?.call('auth/refresh', { refreshToken: winner?.data.refreshToken })).toMatchObject({
      success: true,
    });
  });

  it('R34 let one of 50 parallel uploads through at the limit', async () => {
    const { all } = await start(5);
    const admin = await signIn(ADMIN);
    const member = await signIn('13800000002');
    const me = await all[0]?.call('auth/me', {}, member.token);
    await all[0]?.call('auth/updateUser', { userId: me?.data.userId, quota: { objects: 1 } }, admin.token);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const input = { bucketName: 'images', objectName: `race/${index}.png`, base64: BASE64 };
        return all[index % 5]?.call('object/putObject', input, member.token);
      }),
    );
    expect(answers.filter((answer) => answer?.success)).toHaveLength(1);
    const listed = await all[0]?.call('object/listObjects', { bucketName: 'images', prefix: 'race/' }, member.token);
    expect(listed?.data.total).toBe(1);
  });

  it('R34 keep room for exactly as many announced uploads as fit, of 50 at once', async () => {
    const { all } = await start(5);
    const admin = await signIn(ADMIN);
    const member = await signIn('13800000002');
    const me = await all[0]?.call('auth/me', {}, member.token);
    await all[0]?.call('auth/updateUser', { userId: me?.data.userId, quota: { bytes: 300 } }, admin.token);
    const announced = { bucketName: 'images', contentType: 'image/png', size: 100 };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const input = { ...announced, objectName: `race/${index}.png` };
        return all[index % 5]?.call('object/createMultipartUpload', input, member.token);
      }),
    );
    expect(answers.filter((answer) => answer?.success)).toHaveLength(3);
    const open = await all[0]?.call('object/listMultipartUploads', { bucketName: 'images' }, member.token);
    expect(open?.data).toHaveLength(3);
  });
}

describe('many processes on one data folder', () => {
  itKeepsAccountsStraight(20, 50);

  it('R20 lose no update: 16 processes × 200 make 3,200', async () => {
    const { all } = await start(16);
    const seen = await Promise.all(all.map((one) => one.count(200)));
    expect(Math.max(...seen)).toBe(3200);
  });

  it('R21 lose nothing that was acknowledged when a process is killed in the middle', async () => {
    const { all } = await start(4);
    const { token } = await signIn(ADMIN);
    const acknowledged: string[] = [];
    const upload = async (worker: number): Promise<void> => {
      for (let index = 0; index < 40; index += 1) {
        const objectName = `kill/${worker}-${index}.png`;
        const put = { bucketName: 'images', objectName, base64: BASE64 };
        const answer = await all[worker]?.call('object/putObject', put, token).catch(() => undefined);
        if (answer === undefined) return;
        if (answer.success) acknowledged.push(objectName);
        if (worker < 3 && index === 10 + worker * 7) void all[worker]?.kill();
      }
    };
    await Promise.all([0, 1, 2, 3].map(upload));
    expect(acknowledged.length).toBeGreaterThan(60);
    const listing = { bucketName: 'images', prefix: 'kill/', pageNum: -1 };
    const listed = (await all[3]?.call('object/listObjects', listing, token))?.data.lists;
    const names = new Set(listed.map(({ name }: { readonly name: string }) => name));
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    for (const name of names) {
      const got = await all[3]?.call('object/getObject', { bucketName: 'images', objectName: name }, token);
      expect(got?.data.base64, String(name)).toBe(BASE64);
    }
  });
});

describe('many processes on one database of CloudBase', () => {
  let emulator: RemoteEmulator;
  let scripts: TempFolder;
  // A database each, as each has images of its own.
  beforeEach(async () => {
    scripts = await makeTempFolder();
    emulator = await startCloudBaseEmulatorProcess(scripts.path);
    documents = {
      IMAGEPIC_DOCUMENTS: 'cloudbase',
      IMAGEPIC_SECRET: 'the races of many processes 0123456789',
      IMAGEPIC_CLOUDBASE_ENV: EMULATED.envId,
      IMAGEPIC_CLOUDBASE_URL: emulator.serviceUrl,
      TENCENTCLOUD_SECRETID: EMULATED.secretId,
      TENCENTCLOUD_SECRETKEY: EMULATED.secretKey,
    };
  });
  afterEach(async () => {
    documents = {};
    await emulator.close();
    await scripts.remove();
  });

  itKeepsAccountsStraight(8, 10);
});
