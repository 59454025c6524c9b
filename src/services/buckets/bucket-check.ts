import { randomUUID } from 'node:crypto';
import { readWhole } from '../../concurrency/read-whole.ts';
import { AppError, type Text } from '../../errors.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { BucketSettings } from '../../ports/bucket-settings.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { BucketCapabilities } from './capabilities.ts';
import { checkCapabilities } from './capability-check.ts';

/** One thing that was tried. */
export interface CheckResult {
  readonly check: string;
  readonly ok: boolean;
  /** What went wrong and what to change, or what the service does without; absent when it worked. */
  readonly advice?: Text;
}

/** Tries everything that the service will want of a bucket, with an object of its own that it removes again. */
export type BucketCheck = (bucketName: string) => Promise<readonly CheckResult[]>;

const PROBE = Buffer.from('imagepic');

/** Creates the check. */
export const createBucketCheck =
  (store: ObjectStore, bucketSettings: BucketSettings | undefined, capabilities?: BucketCapabilities): BucketCheck =>
  async (bucketName) => {
    const key = `${RESERVED_PREFIX}check/${randomUUID()}`;
    const presign = { expiresInSeconds: 60, mountUrl: '' };
    const trials: readonly (readonly [string, () => Promise<boolean>])[] = [
      ['exists', () => store.bucketExists(bucketName)],
      ['put', async () => (await store.put(bucketName, key, PROBE, { contentType: 'image/png' })) !== undefined],
      ['head', async () => (await store.head(bucketName, key))?.size === PROBE.length],
      ['get', async () => PROBE.equals(await readAll(store, bucketName, key))],
      ['list', async () => (await store.list(bucketName, { prefix: key, limit: 1 })).objects.length === 1],
      ['presign', async () => (await store.presignGet(bucketName, key, presign)).url !== ''],
      ['remove', async () => store.remove(bucketName, key).then(() => true)],
      ['gone', async () => (await store.head(bucketName, key)) === undefined],
      ...(bucketSettings === undefined ? [] : [['cors', () => allowsPut(bucketSettings, bucketName)] as const]),
    ];
    const results: CheckResult[] = [];
    for (const [check, trial] of trials) results.push(await tryOut(check, trial));
    if (bucketSettings !== undefined) {
      for (const setting of ['policy', 'lifecycle'] as const)
        results.push(await lookFor(bucketSettings, bucketName, setting));
    }
    const isUsable = results.every(({ check, ok }) => ok || check === 'cors');
    if (capabilities === undefined || !isUsable) return results;
    return [...results, ...(await checkCapabilities(capabilities, bucketName))];
  };

/** What a store may do without, since the service makes up for it. */
const lookFor = (settings: BucketSettings, bucketName: string, setting: 'policy' | 'lifecycle'): Promise<CheckResult> =>
  settings.has(bucketName, setting).then(
    (has) => (has ? { check: setting, ok: true } : { check: setting, ok: true, advice: DOES_WITHOUT[setting] }),
    (error: unknown) => {
      if (error instanceof AppError) return { check: setting, ok: true, advice: error.text };
      throw error;
    },
  );

const DOES_WITHOUT: Readonly<Record<'policy' | 'lifecycle', Text>> = {
  policy: {
    zh: '此存储没有存储桶策略，或不允许本密钥查看：private 与 public-read 由服务自己执行，策略文档不可用',
    en: 'The store has no bucket policies, or shows none to our key: private and public-read are held by the service itself, and documents are not to be had',
  },
  lifecycle: {
    zh: '此存储没有生命周期规则，或不允许本密钥查看：未完成的分片由服务的 sweep 清理',
    en: 'The store has no life-cycle rules, or shows none to our key: the sweep of the service ends uploads that nobody finishes',
  },
};

async function tryOut(check: string, trial: () => Promise<boolean>): Promise<CheckResult> {
  try {
    return (await trial()) ? { check, ok: true } : { check, ok: false, advice: ADVICE.get(check) ?? UNEXPECTED };
  } catch (error) {
    if (error instanceof AppError) return { check, ok: false, advice: error.text };
    throw error;
  }
}

async function readAll(store: ObjectStore, bucketName: string, key: string): Promise<Buffer> {
  const opened = await store.get(bucketName, key);
  return opened === undefined ? Buffer.alloc(0) : readWhole(opened.body);
}

async function allowsPut(settings: BucketSettings, bucketName: string): Promise<boolean> {
  const rules = await settings.getCors(bucketName);
  return rules.some(({ allowedMethods }) => allowedMethods.includes('PUT'));
}

const UNEXPECTED: Text = { zh: '存储的回答与写入的不一致', en: 'The store answered something else than was written' };
const ADVICE: ReadonlyMap<string, Text> = new Map([
  [
    'exists',
    {
      zh: '存储桶不存在：COS 的桶名要带 APPID（name-1250000000），并检查 IMAGEPIC_S3_REGION；或用 bucket/makeBucket 创建',
      en: 'The bucket is missing: COS bucket names carry the APPID (name-1250000000), and IMAGEPIC_S3_REGION must be theirs; or make it by bucket/makeBucket',
    },
  ],
  [
    'cors',
    {
      zh: '浏览器不能直传：请用 bucket/setBucketCors 允许 PUT（来源、content-type 请求头，并暴露 ETag）',
      en: 'Browsers cannot upload directly: allow PUT by bucket/setBucketCors (origin, the header content-type, ETag exposed)',
    },
  ],
]);
