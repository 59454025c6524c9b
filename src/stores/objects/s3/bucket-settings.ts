import { AppError } from '../../../errors.ts';
import type { BucketSettings, CorsRule } from '../../../ports/bucket-settings.ts';
import type { JsonObject } from '../../../ports/document-store.ts';
import { parseJsonObject } from '../../disk/json.ts';
import { isNamed } from './errors.ts';
import type * as settingsSdk from './settings-sdk.ts';
import { QUICK, type S3Connection, type Sdk } from './transport.ts';

type SettingsSdk = typeof settingsSdk;

type Settings = SettingsSdk & Pick<Sdk, 'client'>;
type Signal = { readonly abortSignal: AbortSignal };

/** Creates the settings of whole buckets on S3, or on whatever speaks its protocol. */
export function createS3BucketSettings({ send }: S3Connection): BucketSettings {
  const ask = <T>(call: (sdk: Settings, signal: Signal) => Promise<T>) =>
    send(async ({ client }, signal) => call({ ...(await import('./settings-sdk.ts')), client }, signal), QUICK);

  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
    getCors: (Bucket) =>
      ask(async ({ client, GetBucketCorsCommand }, signal) => {
        const answer = await absentAs(client.send(new GetBucketCorsCommand({ Bucket }), signal));
        return (answer?.CORSRules ?? []).map(toCorsRule);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
    setCors: (Bucket, rules) =>
      ask(async ({ client, PutBucketCorsCommand }, signal) => {
        const CORSRules = rules.map(fromCorsRule);
        await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }), signal);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    getPolicy: (Bucket) => ask(async (sdk, signal) => readPolicy(sdk, Bucket, signal)),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    setPolicy: (Bucket, policy) =>
      ask(async ({ client, PutBucketPolicyCommand }, signal) => {
        const command = new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) });
        await refusedAs(client.send(command, signal), 'policy');
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    removePolicy: (Bucket) =>
      ask(async (sdk, signal) => {
        // A store that knows no `?policy` would remove the bucket: only one that shows a policy is told to remove it.
        if ((await readPolicy(sdk, Bucket, signal)) === undefined) return;
        await absentAs(sdk.client.send(new sdk.DeleteBucketPolicyCommand({ Bucket }), signal));
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
    getNotification: (Bucket) =>
      ask(async ({ client, GetBucketNotificationConfigurationCommand }, signal) => {
        const { $metadata: _, ...answer } = await client.send(
          new GetBucketNotificationConfigurationCommand({ Bucket }),
          signal,
        );
        return toJsonObject(answer);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
    setNotification: (Bucket, configuration) =>
      ask(async ({ client, PutBucketNotificationConfigurationCommand }, signal) => {
        const command = new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: configuration,
        });
        await refusedAs(client.send(command, signal), 'configuration');
      }),
    removeNotification: (Bucket) =>
      ask(
        async (
          { client, GetBucketNotificationConfigurationCommand, PutBucketNotificationConfigurationCommand },
          signal,
        ) => {
          const { $metadata: _, ...found } = await client.send(
            new GetBucketNotificationConfigurationCommand({ Bucket }),
            signal,
          );
          if (Object.keys(found).length === 0) return;
          const command = new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} });
          await client.send(command, signal).catch(refuseToEmpty);
        },
      ),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
    has: (Bucket, setting) =>
      ask(async ({ client, GetBucketPolicyCommand, GetBucketLifecycleConfigurationCommand }, signal) => {
        const reading =
          setting === 'policy'
            ? client.send(new GetBucketPolicyCommand({ Bucket }), signal)
            : client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), signal);
        try {
          return await absentAs<unknown>(reading).then(() => true);
        } catch (error) {
          if (isNotShown(error)) return false;
          throw error;
        }
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    abortStaleUploads: (Bucket, DaysAfterInitiation) =>
      ask(async ({ client, PutBucketLifecycleConfigurationCommand }, signal) => {
        const rule = {
          ID: 'imagepic-abort-stale-uploads',
          Status: 'Enabled' as const,
          Filter: { Prefix: '' },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation },
        };
        const LifecycleConfiguration = { Rules: [rule] };
        await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }), signal);
      }),
  };
}

interface SdkCorsRule {
  AllowedOrigins?: string[] | undefined;
  AllowedMethods?: string[] | undefined;
  AllowedHeaders?: string[] | undefined;
  ExposeHeaders?: string[] | undefined;
  MaxAgeSeconds?: number | undefined;
}

const toCorsRule = (rule: SdkCorsRule): CorsRule => ({
  allowedOrigins: rule.AllowedOrigins ?? [],
  allowedMethods: rule.AllowedMethods ?? [],
  allowedHeaders: rule.AllowedHeaders ?? [],
  exposeHeaders: rule.ExposeHeaders ?? [],
  maxAgeSeconds: rule.MaxAgeSeconds ?? 0,
});

const fromCorsRule = (rule: CorsRule) => ({
  AllowedOrigins: [...rule.allowedOrigins],
  AllowedMethods: [...rule.allowedMethods],
  AllowedHeaders: [...rule.allowedHeaders],
  ExposeHeaders: [...rule.exposeHeaders],
  MaxAgeSeconds: rule.maxAgeSeconds,
});

const toJsonObject = (answer: object): JsonObject => parseJsonObject(JSON.stringify(answer)) ?? {};

/** Stores have many names for what is not set, and one status. */
async function absentAs<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotSet(error)) return undefined;
    throw error;
  }
}

function isNotSet(error: unknown): boolean {
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return false;
  return metadata.httpStatusCode === 404 && !['NoSuchBucket', 'NotFound'].some((name) => isNamed(error, name));
}

/** The policy document; `undefined` when there is none, when it is not shown to our key, and when an answer is none. */
async function readPolicy({ client, GetBucketPolicyCommand }: Settings, Bucket: string, signal: Signal) {
  try {
    const answer = await absentAs(client.send(new GetBucketPolicyCommand({ Bucket }), signal));
    const policy = answer?.Policy === undefined ? undefined : parseJsonObject(answer.Policy);
    return policy !== undefined && Object.keys(policy).length > 0 ? policy : undefined;
  } catch (error) {
    if (isNotShown(error)) return undefined;
    throw error;
  }
}

const isNotShown = (error: unknown): boolean =>
  ['AccessDenied', 'NotImplemented', 'MethodNotAllowed'].some((name) => isNamed(error, name));

const REFUSED = [
  'MalformedPolicy',
  'InvalidPolicyDocument',
  'MalformedXML',
  'InvalidArgument',
  'InvalidRequest',
  'NoSuchTopic',
  'NoSuchKey',
];

/** What the store does not understand is the caller's mistake, and its words say which. */
async function refusedAs<T>(call: Promise<T>, field: string): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (!(cause instanceof Error) || !REFUSED.some((name) => isNamed(cause, name))) throw cause;
    const said = cause.message.slice(0, 200);
    throw new AppError(
      'InvalidArgument',
      {
        zh: `存储不接受此 ${field}：${cause.name} ${said}`,
        en: `The store does not accept this ${field}: ${cause.name} ${said}`,
      },
      { details: { fields: [field] }, cause },
    );
  }
}

/** Ceph takes no empty configuration. */
function refuseToEmpty(cause: unknown): never {
  if (!['MalformedXML', 'InvalidArgument', 'InvalidRequest'].some((name) => isNamed(cause, name))) throw cause;
  throw new AppError(
    'NotImplemented',
    {
      zh: '此存储不接受空的通知配置（Ceph 如此）；请在存储一侧删除通知，如 DELETE /<bucket>?notification',
      en: 'This store takes no empty configuration (Ceph is one); remove the notifications on its side, such as by DELETE /<bucket>?notification',
    },
    { cause },
  );
}
