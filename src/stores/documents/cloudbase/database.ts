// https://docs.cloudbase.net/api-reference/server/node-sdk/database/database

import { REQUEST_TIMEOUT_MS } from '../../requests.ts';
import type { Database, Row } from '../database.ts';

/** How to get in: a key pair (with the token of a temporary one), an API key, or what the platform gives its functions. */
type CloudBaseCredentials =
  | { readonly secretId: string; readonly secretKey: string; readonly sessionToken?: string }
  | { readonly apiKey: string }
  | 'platform';

/** Which environment to talk to. `serviceUrl` is for an emulator. */
export interface CloudBaseConnection {
  readonly envId: string;
  readonly region?: string;
  readonly credentials: CloudBaseCredentials;
  readonly serviceUrl?: string;
}

/**
 * Opens the database of an environment by the SDK, which is loaded now. Every value in a query stands in an operator of
 * ours (`eq`, `gt`), every value of an update in `set`: nothing is taken for an operator, merged or flattened.
 */
export async function openDatabase(connection: CloudBaseConnection): Promise<Database> {
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
  const { eq, gt, set } = database.command;
  const rowsOf = (answer: { readonly data: readonly unknown[] }): readonly Row[] => answer.data.map(toRow);
  const collectionNamed = (name: string) => {
    // Without this check the SDK sends the request unsigned and leaves an unhandled rejection behind.
    if (connection.credentials === 'platform' && member(member(app, 'config'), 'accessKey') === undefined) {
      const { TENCENTCLOUD_SECRETID, TENCENTCLOUD_SECRETKEY } = sdk.getCloudbaseContext();
      if (!TENCENTCLOUD_SECRETID || !TENCENTCLOUD_SECRETKEY) throw new MissingCredentials();
    }
    return database.collection(name);
  };
  const rowWithId = (name: string, id: string) =>
    collectionNamed(name)
      .options({ multiple: false })
      .where({ _id: eq(id) });

  return {
    insert: async (collection, id, value) => {
      const answer: unknown = await collectionNamed(collection).add({ _id: id, ...value });
      if (member(answer, 'id') !== id) throw new MalformedAnswer('insert');
    },
    find: async (collection, id) => rowsOf(await rowWithId(collection, id).limit(1).get())[0],
    findAfter: async (collection, after, limit) =>
      rowsOf(
        await collectionNamed(collection)
          .where({ _id: gt(after) })
          .orderBy('_id', 'asc')
          .limit(limit)
          .get(),
      ),
    update: async (collection, id, expected, { revision, doc }) => {
      const answer: unknown = await collectionNamed(collection)
        .options({ multiple: false })
        .where({ _id: eq(id), revision: eq(expected) })
        .update({ revision: set(revision), doc: set(doc) });
      const updated = member(answer, 'updated');
      if (updated !== 0 && updated !== 1) throw new MalformedAnswer('update');
      return updated === 1;
    },
    remove: async (collection, id) => {
      await rowWithId(collection, id).remove();
    },
    makeCollection: async (collection) => {
      await database.createCollection(collection);
    },
  };
}

class MissingCredentials extends Error {
  readonly code = 'MISSING_CREDENTIALS';

  constructor() {
    super('The platform has put no TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY into the environment');
  }
}

class MalformedAnswer extends Error {
  constructor(request: string) {
    super(`The answer to ${request} is not what the protocol says`);
  }
}

function toSdkCredentials(credentials: CloudBaseCredentials): Readonly<Record<string, string>> {
  if (credentials === 'platform') return {};
  return 'apiKey' in credentials ? { accessKey: credentials.apiKey } : credentials;
}

const toRow = (row: unknown): Row => ({
  id: member(row, '_id'),
  revision: member(row, 'revision'),
  doc: member(row, 'doc'),
});

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
