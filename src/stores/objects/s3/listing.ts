import type { ObjectPage, ObjectStore } from '../../../ports/object-store.ts';
import { QUICK, type S3Connection } from './connection.ts';
import { bareEtag } from './description.ts';
import { present, toAppError, UnexpectedAnswer } from './errors.ts';

/** Reads keys of a listing that was asked for in URL encoding, the only one that carries any key through XML. */
const decodeListed = (encodingType: string | undefined): ((text: string) => string) =>
  encodingType === 'url' ? (text) => decodeURIComponent(text.replaceAll('+', ' ')) : (text) => text;

/** Collects all pages of a listing. @throws {AppError} ServiceUnavailable when a page leads to itself */
export async function allPages<Item, Marker>(
  fetchPage: (
    marker: Marker | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly next: Marker | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let marker: Marker | undefined;
  for (;;) {
    const page = await fetchPage(marker);
    items.push(...page.items);
    if (page.next === undefined) return items;
    if (JSON.stringify(page.next) === JSON.stringify(marker))
      throw toAppError(new UnexpectedAnswer('The listing has no end'));
    marker = page.next;
  }
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
/** Creates the call that lists objects. */
export const createList =
  ({ send }: S3Connection): ObjectStore['list'] =>
  (bucket, { prefix, delimiter, continuationToken, limit }) => {
    const input = {
      Bucket: bucket,
      EncodingType: 'url' as const,
      MaxKeys: limit,
      ...(prefix !== undefined && { Prefix: prefix }),
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(continuationToken !== undefined && { ContinuationToken: continuationToken }),
    };
    return send(async ({ client, ListObjectsV2Command }, options): Promise<ObjectPage> => {
      const output = await client.send(new ListObjectsV2Command(input), options);
      present(output.Name, 'bucket');
      const decode = decodeListed(output.EncodingType);
      const token = output.IsTruncated === true ? present(output.NextContinuationToken, 'token') : undefined;
      return {
        objects: (output.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
          key: decode(present(Key, 'key')),
          size: present(Size, 'size'),
          etag: bareEtag(ETag),
          lastModified: present(LastModified, 'date'),
        })),
        prefixes: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(present(Prefix, 'prefix'))),
        ...(token !== undefined && { continuationToken: token }),
      };
    }, QUICK);
  };
