// https://docs.cloudbase.net/api-reference/server/node-sdk/database/database

import type cloudbase from '@cloudbase/node-sdk';
import { REQUEST_TIMEOUT_MS } from '../requests.ts';

const ENV_ID = /^[a-z0-9_-]{1,40}$/;
const PREFIX = /^[A-Za-z]\w*$/;

/** How to get in: a key pair (with the token of a temporary one), an API key, or what the platform gives its functions. */
type CloudBaseCredentials =
  | { readonly secretId: string; readonly secretKey: string; readonly sessionToken?: string }
  | { readonly apiKey: string }
  | 'platform';

/**
 * Which environment to talk to, and how its collections' names begin (default `imagepic_`). `serviceUrl` is for an
 * emulator. `inCloud`: this is a function of the platform.
 */
export interface CloudBaseConnection {
  readonly envId: string;
  readonly region?: string | undefined;
  readonly credentials: CloudBaseCredentials;
  readonly serviceUrl?: string | undefined;
  readonly inCloud: boolean;
  readonly prefix?: string;
}

/** @throws {TypeError} when there are no credentials, naming the variables that may give them */
export function checkConnection({ envId, credentials, inCloud, prefix }: CloudBaseConnection): void {
  if (!ENV_ID.test(envId))
    throw new TypeError('The id of a CloudBase environment has 1–40 characters of a–z, 0–9, _ and -');
  if (prefix !== undefined && !PREFIX.test(prefix))
    throw new TypeError('The prefix of collections consists of letters, digits and _');
  if (credentials === 'platform' ? !inCloud : Object.values(credentials).includes('')) {
    throw new TypeError(
      'CloudBase gives credentials only to its own functions: elsewhere set TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY, or CLOUDBASE_APIKEY',
    );
  }
}

type SdkDatabase = ReturnType<ReturnType<(typeof cloudbase)['init']>['database']>;

/** The database of an environment. */
export interface CloudBaseClient {
  readonly database: SdkDatabase;
  /** @throws where the platform has given no credentials yet */
  collection(name: string): ReturnType<SdkDatabase['collection']>;
}

/** Opens it by the SDK, which is loaded now. */
export async function openClient(connection: CloudBaseConnection): Promise<CloudBaseClient> {
  const { default: sdk } = await import('@cloudbase/node-sdk');
  const app = sdk.init({
    env: connection.envId,
    // Also a part of the SDK's key for connection pools, so it never varies.
    timeout: REQUEST_TIMEOUT_MS,
    ...(connection.region !== undefined && { region: connection.region }),
    ...(connection.serviceUrl !== undefined && { serviceUrl: connection.serviceUrl }),
    ...toSdkCredentials(connection.credentials),
  });
  const database = app.database();
  const collection = (name: string) => {
    // Without this check the SDK sends the request unsigned and leaves an unhandled rejection behind.
    if (connection.credentials === 'platform' && member(member(app, 'config'), 'accessKey') === undefined) {
      const { TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY } = sdk.getCloudbaseContext();
      if (!TENCENTCLOUD_SECRETID || !TENCENTCLOUD_SECRETKEY) throw new MissingCredentials();
    }
    return database.collection(name);
  };
  return { database, collection };
}

class MissingCredentials extends Error {
  readonly code = 'MISSING_CREDENTIALS';

  constructor() {
    super('The platform has put no TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY into the environment');
  }
}

/** An answer that is not what the protocol says. */
export class MalformedAnswer extends Error {
  constructor(request: string) {
    super(`The answer to ${request} is not what the protocol says`);
  }
}

/** @throws {MalformedAnswer} unless an answer tells whether one row was updated */
export function wasUpdated(answer: unknown): boolean {
  const updated = member(answer, 'updated');
  if (updated !== 0 && updated !== 1) throw new MalformedAnswer('update');
  return updated === 1;
}

/** What an answer, or a row, has by a name. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function toSdkCredentials(credentials: CloudBaseCredentials): Readonly<Record<string, string>> {
  if (credentials === 'platform') return {};
  return 'apiKey' in credentials ? { accessKey: credentials.apiKey } : credentials;
}
