import { expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type BedProcess, type Processes, startProcesses } from '../support/processes.ts';
import { createTempConfig } from '../support/temp-config.ts';

const PERSON = { name: 'Kill', tfs: '', email: 'kill@example.com', upwd: 'correct horse 7' };
/** A killed process leaves an upload open, of which an account may have a hundred. */
const ROUNDS_OF_ONE_ACCOUNT = 50;
const PICTURE = makePng(24, 24, { noise: true });
const BASE64 = PICTURE.toString('base64');
const BUCKET = 'killed';

/** What a dying process was last told to do, and whether it said that it was done. */
interface Attempt {
  readonly objectName: string;
  readonly acknowledged: boolean;
}

/** Uploads one image by the service and the next one directly, until the process dies. */
async function uploadUntilDeath(victim: BedProcess, token: string, round: number): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let index = 0; ; index += 1) {
    const objectName = `r${round}/${index}.png`;
    const isDone =
      index % 2 === 0 ? await putImage(victim, token, objectName) : await putDirectly(victim, token, objectName);
    attempts.push({ objectName, acknowledged: isDone });
    if (!isDone) return attempts;
  }
}

const isAnswered = (answer: { readonly success: boolean } | undefined): boolean => {
  if (answer !== undefined) expect(answer).toMatchObject({ success: true });
  return answer !== undefined;
};

async function putImage(victim: BedProcess, token: string, objectName: string): Promise<boolean> {
  const put = { bucketName: BUCKET, objectName, base64: BASE64 };
  return isAnswered(await victim.call('object/putObject', put, token).catch(() => undefined));
}

async function putDirectly(victim: BedProcess, token: string, objectName: string): Promise<boolean> {
  const announced = { bucketName: BUCKET, objectName, contentType: 'image/png', size: PICTURE.length };
  const begun = await victim.call('object/presignedPutObject', announced, token).catch(() => undefined);
  if (!isAnswered(begun)) return false;
  const { uploadId } = begun?.data ?? {};
  if (!String(begun?.data.url).startsWith('http')) {
    // Nobody serves the address here, and an account may only have so many uploads open.
    const aborted = await victim.call('object/abortMultipartUpload', { uploadId }, token).catch(() => undefined);
    return isAnswered(aborted) && putImage(victim, token, objectName);
  }
  await fetch(begun?.data.url, { method: 'PUT', headers: begun?.data.headers, body: Uint8Array.from(PICTURE) });
  return isAnswered(await victim.call('object/commitObject', { uploadId }, token).catch(() => undefined));
}

/** States that a process may be killed anywhere in an upload, so often, without losing or half-making an image. */
export function itSurvivesKills(name: string, times: number, env: () => Readonly<Record<string, string>>): void {
  it(`R44 loses nothing acknowledged and shows nothing half-made on ${name}, over ${times} kills`, {
    timeout: 900_000,
  }, async () => {
    const { folder, remove } = await createTempConfig();
    const processes = await startProcesses(1, { IMAGEPIC_DATA_DIR: folder, IMAGEPIC_DEFAULT_BUCKET: BUCKET, ...env() });
    try {
      await killAgainAndAgain(processes, times);
    } finally {
      await processes.close();
      await remove();
    }
  });
}

async function killAgainAndAgain({ all, start }: Processes, times: number): Promise<void> {
  const [witness] = all;
  if (witness === undefined) throw new TypeError('no process');
  const signIn = async (account: number): Promise<string> => {
    const phone = `${13_800_138_000 + account}`;
    await witness.call('auth/register', { ...PERSON, phone });
    return (await witness.call('auth/login', { phone, upwd: PERSON.upwd })).data.token;
  };
  const admin = await signIn(0);
  let token = admin;
  let acknowledged = 0;
  for (let round = 0; round < times; round += 1) {
    if (round % ROUNDS_OF_ONE_ACCOUNT === 0) token = await signIn(round / ROUNDS_OF_ONE_ACCOUNT);
    const victim = await start();
    // A process that is new loads what looks at pictures with its first upload.
    const death = setTimeout(() => void victim.kill(), 20 + Math.random() * 500);
    const attempts = await uploadUntilDeath(victim, token, round);
    clearTimeout(death);
    const listing = { bucketName: BUCKET, prefix: `r${round}/`, pageNum: -1 };
    const { lists } = (await witness.call('object/listObjects', listing, admin)).data;
    const shown = new Set(lists.map((entry: { readonly name: string }) => entry.name));
    const done = attempts.filter((attempt) => attempt.acknowledged).map(({ objectName }) => objectName);
    expect(
      done.filter((objectName) => !shown.has(objectName)),
      `round ${round}: lost`,
    ).toEqual([]);
    for (const objectName of shown) {
      const { data } = await witness.call(
        'object/getObject',
        { bucketName: BUCKET, objectName: String(objectName) },
        admin,
      );
      expect(data.base64, `round ${round}: ${objectName}`).toBe(BASE64);
    }
    acknowledged += done.length;
  }
  console.log(`${times} kills, ${acknowledged} acknowledged uploads`);
  expect(acknowledged).toBeGreaterThan(times / 2);
}
