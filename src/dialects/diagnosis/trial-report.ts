import type { TriedRequest } from '../../app.ts';
import type { Text } from '../../errors.ts';
import type { RequestContext, Traces } from '../request-context.ts';

const MOST_NAMES = 20;
const MOST_STORED = 20;
/** Longer parts of an address may be secrets, such as the leave to remove an image; no part of an address of ours is. */
const LONGEST_PART = 24;
/** A whole API token, in characters. */
const TOKEN_LENGTH = 78;

/** Says of a request that was served what came, how it was understood, and what is wrong with it. */
export function toTriedRequest(context: RequestContext, dialect: string, status: number): Omit<TriedRequest, 'at'> {
  const { request, path, traces } = context;
  const { headers, method } = request;
  const advice = adviseOn(traces);
  const agent = headers.get('user-agent')?.slice(0, 120);
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const stored = traces.outcomes.flatMap((outcome) => ('url' in outcome ? [outcome] : []));
  return {
    ok: traces.dryRun?.ok ?? advice.length === 0,
    status,
    ...(agent !== undefined && { agent }),
    seen: {
      method,
      path: toShown(path),
      dialect,
      contentType: (headers.get('content-type') ?? '').replace(/;.*$/, '').slice(0, 80),
      ...(Number.isFinite(length) && { bytes: length }),
      fields: traces.fields.slice(0, MOST_NAMES).map((name) => name.slice(0, 64)),
      files: toFiles(traces),
      token: traces.credential?.place ?? 'header',
    },
    stored: stored.slice(0, MOST_STORED).map(({ bucketName, objectName }) => ({ bucketName, objectName })),
    advice: [...advice],
  };
}

const toShown = (path: string): string =>
  path
    .slice(0, 400)
    .split('/')
    .map((part) => (part.length > LONGEST_PART ? '…' : part))
    .join('/');

function toFiles({ files, outcomes }: Traces): TriedRequest['seen']['files'] {
  const count = Math.min(Math.max(files.length, outcomes.length), MOST_NAMES);
  return Array.from({ length: count }, (_, index) => {
    const field = files[index]?.field.slice(0, 64);
    const outcome = outcomes[index];
    const image = outcome !== undefined && 'url' in outcome ? outcome : undefined;
    return {
      ...(field !== undefined && { field }),
      ...(image && { size: image.size, contentType: image.contentType, width: image.width, height: image.height }),
    };
  });
}

function adviseOn({ credential, dryRun, refusal, outcomes }: Traces): readonly Text[] {
  if (dryRun !== undefined) return dryRun.advice;
  const refused = outcomes.flatMap((outcome) => ('err' in outcome ? [outcome.err] : []));
  if (refusal === undefined) return refused.slice(0, MOST_NAMES);
  // Only a token whose beginning is right gets here.
  return refusal.code === 'InvalidToken' && credential !== undefined ? [wrongEnd(credential.token)] : [refusal.text];
}

function wrongEnd({ length }: string): Text {
  if (length === TOKEN_LENGTH) {
    return {
      zh: 'token 的开头是对的，后面不对：请重新完整复制一遍',
      en: 'The token begins right and goes on wrong: copy it once more, the whole of it',
    };
  }
  return {
    zh: `token 的开头是对的，但收到 ${length} 个字符，应为 ${TOKEN_LENGTH} 个：请重新完整复制，不要带上前后的空格或引号`,
    en: `The token begins right, but ${length} characters came instead of ${TOKEN_LENGTH}: copy the whole of it, without spaces or quotes around it`,
  };
}
