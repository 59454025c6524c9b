import * as v from 'valibot';
import type { ByteRange } from '../ports/object-store.ts';
import { Download } from '../services/objects/download.ts';
import { field } from './fields.ts';
import type { Contract } from './route-contract.ts';

const read = {
  bucketName: field.bucketName,
  objectName: field.objectName,
  range: v.custom<ByteRange | undefined>(() => true),
  withBody: v.boolean(),
};
/** A signed key may be one of the service's own, so it is held to its signature alone. */
const signed = { bucketName: field.bucketName, objectName: v.string(), query: v.instance(URLSearchParams) };

/** What only HTTP has: paths that the HTTP entry maps to these names. No `$url` reaches them. */
export const doorContract = {
  /** `GET /i/<bucket>/<key>` */
  'link/get': { access: 'public', input: v.strictObject(read), output: v.instance(Download) },
  /** `GET /object/getObject?bucketName=…&objectName=…` */
  'object/download': { access: 'member', scope: 'read', input: v.strictObject(read), output: v.instance(Download) },
  /** `GET /s/<bucket>/<key>?<signature>` */
  'signed/get': { access: 'public', input: v.strictObject({ ...read, ...signed }), output: v.instance(Download) },
  /** `PUT /s/<bucket>/<key>?<signature>` */
  'signed/put': {
    access: 'public',
    input: v.strictObject({
      ...signed,
      contentType: v.optional(v.string()),
      contentLength: v.optional(v.number()),
      body: v.custom<AsyncIterable<Uint8Array>>(() => true),
    }),
    output: v.object({ etag: v.string() }),
  },
} as const satisfies Contract;

/** A name of a door. */
export type DoorUrl = keyof typeof doorContract;
