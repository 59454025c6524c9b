import { AppError } from '../../../errors.ts';
import type { BucketSettings, CorsRule } from '../../../ports/bucket-settings.ts';
import type { JsonObject } from '../../../ports/document-store.ts';
import { parseJsonObject } from '../../disk/json.ts';
import { isNamed } from './errors.ts';
import type * as settingsSdk from './settings-sdk.ts';
import { QUICK, type S3Connection } from './transport.ts';

type SettingsSdk = typeof settingsSdk;

/** Creates the settings of whole buckets on S3, or on whatever speaks its protocol. */
export function createS3BucketSettings({ send }: S3Connection): BucketSettings {
  type Client = Parameters<Parameters<S3Connection['send']>[0]>[0]['client'];
  const ask = <T>(
    call: (sdk: SettingsSdk & { readonly client: Client }, signal: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ) => send(async ({ client }, signal) => call({ ...(await import('./settings-sdk.ts')), client }, signal), QUICK);

  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
    getCors: (Bucket) =>
      ask(async ({ client, GetBucketCorsCommand }, signal) => {
        const answer = await absentAs(
          client.send(new GetBucketCorsCommand({ Bucket }), signal),
          'NoSuchCORSConfiguration',
        );
        return (answer?.CORSRules ?? []).map(toCorsRule);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
    setCors: (Bucket, rules) =>
      ask(async ({ client, PutBucketCorsCommand }, signal) => {
        const CORSRules = rules.map(fromCorsRule);
        await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }), signal);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
    getPolicy: (Bucket) =>
      ask(async ({ client, GetBucketPolicyCommand }, signal) => {
        const answer = await absentAs(
          client.send(new GetBucketPolicyCommand({ Bucket }), signal),
          'NoSuchBucketPolicy',
        );
        return answer?.Policy === undefined ? undefined : parseJsonObject(answer.Policy);
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    setPolicy: (Bucket, policy) =>
      ask(async ({ client, PutBucketPolicyCommand }, signal) => {
        const command = new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) });
        await refusedAs(client.send(command, signal), 'policy');
      }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    removePolicy: (Bucket) =>
      ask(async ({ client, DeleteBucketPolicyCommand }, signal) => {
        await absentAs(client.send(new DeleteBucketPolicyCommand({ Bucket }), signal), 'NoSuchBucketPolicy');
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

async function absentAs<T>(call: Promise<T>, name: string): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNamed(error, name)) return undefined;
    throw error;
  }
}

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
