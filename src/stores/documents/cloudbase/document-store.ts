import type { DocumentStore } from '../../../ports/document-store.ts';
import { createRowDocumentStore } from '../row-document-store.ts';
import { type CloudBaseConnection, openDatabase } from './database.ts';
import { failureOf } from './failure.ts';

const ENV_ID = /^[a-z0-9_-]{1,40}$/;
const PREFIX = /^[A-Za-z]\w*$/;

/** Which database, and how its collections' names begin (default `imagepic_`). `inCloud`: this is a function of the platform. */
export interface CloudBaseDocumentStoreOptions extends CloudBaseConnection {
  readonly inCloud: boolean;
  readonly now: () => Date;
  readonly prefix?: string;
  readonly random?: () => number;
}

/**
 * Creates a document store in CloudBase's database, by @cloudbase/node-sdk ≥ 3.18.3, which is loaded on first use.
 *
 * A row is `{ _id, revision, doc }`, `doc` readable in the console. A request takes at most 2 s, a call 5 s.
 *
 * @throws {TypeError} at once when there are no credentials, naming the variables that may give them
 */
export function createCloudBaseDocumentStore(options: CloudBaseDocumentStoreOptions): DocumentStore {
  const { now, prefix = 'imagepic_', random = Math.random } = checkedOptions(options);
  return createRowDocumentStore({ open: () => openDatabase(options), failureOf, prefix, now, random });
}

function checkedOptions(options: CloudBaseDocumentStoreOptions): CloudBaseDocumentStoreOptions {
  const { envId, credentials, inCloud, prefix } = options;
  if (!ENV_ID.test(envId))
    throw new TypeError('The id of a CloudBase environment has 1–40 characters of a–z, 0–9, _ and -');
  if (prefix !== undefined && !PREFIX.test(prefix))
    throw new TypeError('The prefix of collections consists of letters, digits and _');
  if (credentials === 'platform' ? !inCloud : Object.values(credentials).includes('')) {
    throw new TypeError(
      'CloudBase gives credentials only to its own functions: elsewhere set TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY, or CLOUDBASE_APIKEY',
    );
  }
  return options;
}
