import type { S3Client } from '@aws-sdk/client-s3';
import { isNameless, statusOf } from './errors.ts';

/** What a request was, as far as a status alone means different things of different requests. */
export interface Asked {
  readonly command: string;
  readonly creates: boolean;
  readonly isConditional: boolean;
}

/**
 * Names the refusals that a store, or a proxy before it, gives by their status alone, after what was asked.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5
 */
export function nameBareAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (error instanceof Error && isNameless(error.name)) error.name = nameOf(error, commandName, args.input);
          throw error;
        }
      },
    { step: 'initialize', name: 'nameBareAnswers' },
  );
}

function nameOf(error: Error, commandName: string, input: object): string {
  const command = commandName.replace(/Command$/, '');
  const creates = 'IfNoneMatch' in input && input.IfNoneMatch === '*';
  const isConditional = creates || 'IfMatch' in input || 'CopySourceIfMatch' in input;
  return nameOfBareAnswer(statusOf(error) ?? 0, { command, creates, isConditional }) ?? error.name;
}

/** Names one of them; `undefined` where its status says by itself what it means. */
export const nameOfBareAnswer = (status: number, asked: Asked): string | undefined => NAMES.get(status)?.(asked);

const OF_UPLOAD = /^(UploadPart|CompleteMultipartUpload|AbortMultipartUpload|ListParts)$/;
const OF_BUCKET = /^(PutObject|CreateMultipartUpload|ListObjectsV2|ListMultipartUploads|DeleteBucket)$/;
const WRITE = /^(PutObject|CopyObject|CreateMultipartUpload|UploadPart|CompleteMultipartUpload|DeleteObjects?)$/;

function nameOfMissing({ command, creates, isConditional }: Asked): string | undefined {
  if (OF_UPLOAD.test(command)) return 'NoSuchUpload';
  // Who has no such call says the same, and has removed nothing: each by itself tells.
  if (command === 'DeleteObjects') return 'NotImplemented';
  // Who replaces what is gone is told that it is.
  if (command === 'PutObject' && isConditional && !creates) return 'NoSuchKey';
  return OF_BUCKET.test(command) ? 'NoSuchBucket' : undefined;
}

function nameOfConflict({ command, isConditional }: Asked): string | undefined {
  if (command === 'CreateBucket') return 'BucketAlreadyExists';
  if (command === 'DeleteBucket') return 'BucketNotEmpty';
  if (!WRITE.test(command)) return undefined;
  return isConditional ? 'ConditionalRequestConflict' : 'HTTP 409';
}

const nameOfFailedCondition = ({ command, isConditional }: Asked): string | undefined => {
  if (isConditional) return 'PreconditionFailed';
  return WRITE.test(command) ? 'HTTP 412' : undefined;
};

const NAMES: ReadonlyMap<number, (asked: Asked) => string | undefined> = new Map([
  [404, nameOfMissing],
  [409, nameOfConflict],
  [412, nameOfFailedCondition],
]);
