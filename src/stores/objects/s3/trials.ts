import { Unanswered } from '../../../concurrency/resilience.ts';
import type { AppError } from '../../../errors.ts';
import { encodeKey } from '../../../naming/uri.ts';
import type { ObjectStore, PresignedForm } from '../../../ports/object-store.ts';
import type { StoreTrials } from '../../../ports/store-trials.ts';
import { present, toRefusal, undefinedIf } from './errors.ts';
import { bareEtag, describe, toS3Object } from './sdk-words.ts';
import { QUICK, type S3Connection } from './transport.ts';

/** Creates the conditional calls as they are, for finding out what the store makes of them. */
export function createS3Trials(
  { send, request }: S3Connection,
  { presignPost }: Pick<ObjectStore, 'presignPost'>,
): StoreTrials {
  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    put: (bucket, key, bytes, { ifNoneMatch, ifMatch }) => {
      const input = {
        ...toS3Object(bucket, key),
        Body: bytes,
        ContentLength: bytes.byteLength,
        ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      };
      const call = request(async (requests, options) => {
        const { ETag } = await requests.put(input, options);
        return { etag: bareEtag(ETag) };
      }, QUICK);
      return undefinedIf(call, 'ObjectExists');
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    remove: async (bucket, key, { ifMatch }) => {
      const input = { ...toS3Object(bucket, key), ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }) };
      const call = request(async (requests, options) => {
        await requests.remove(input, options);
        return true;
      }, QUICK);
      return (await undefinedIf(call, 'ObjectExists')) ?? false;
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    copy: (bucket, from, to, { ifNoneMatch, ifMatch, ifSource, description }) => {
      const input = {
        ...toS3Object(bucket, to),
        CopySource: `${bucket}/${encodeKey(from)}`,
        ...(description && { MetadataDirective: 'REPLACE' as const, ...describe(description) }),
        ...(ifSource !== undefined && { CopySourceIfMatch: `"${ifSource}"` }),
        ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      };
      const call = send(async ({ client, CopyObjectCommand }, options) => {
        const { CopyObjectResult } = await client.send(new CopyObjectCommand(input), options);
        return { etag: bareEtag(present(CopyObjectResult, 'result').ETag) };
      }, QUICK);
      return undefinedIf(call, 'ObjectExists');
    },
    postForm: (bucket, key, bytes) =>
      request(async (_requests, { abortSignal }) => {
        const description = { contentType: FORM_TYPE, size: bytes.byteLength, expiresInSeconds: 60 };
        const form = await presignPost?.(bucket, key, description);
        if (form === undefined) throw cannotDo();
        await sendForm(form, bytes, abortSignal);
      }, QUICK),
  };
}

const FORM_TYPE = 'image/png';

/** What a store that refuses this very form has of forms is of no use. */
const cannotDo = (): AppError => toRefusal('NotImplemented', undefined);

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
async function sendForm({ url, fields }: PresignedForm, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob([new Uint8Array(bytes)], { type: FORM_TYPE }));
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual', signal });
  await answer.body?.cancel();
  if (answer.status >= 500 && answer.status !== 501)
    throw new Unanswered(`The form was answered with ${answer.status}`);
  if (!answer.ok) throw cannotDo();
}
