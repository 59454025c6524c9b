import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import type { Caller } from '../../services/access/access.ts';
import type { SentImage } from '../../services/uploads/client-uploads.ts';
import { ReceivedImage } from '../../services/uploads/received-image.ts';
import { decodeBase64, type Receiver, requireSize } from '../../services/uploads/receiver.ts';
import { RefusedImage } from '../../services/uploads/refused-image.ts';

/** Where a request carries its token. */
type TokenPlace = 'header' | 'query' | 'form' | 'none';

/** An upload as it came, seen from the HTTP entry. */
interface Symptoms {
  /** The path that the client would have used. */
  readonly path: string;
  readonly dialect: string;
  readonly method: string;
  /** The methods that this path has. */
  readonly methods: readonly string[];
  readonly contentType: string;
  readonly bytes?: number | undefined;
  /** Names of the text fields. */
  readonly fields: readonly string[];
  readonly files: readonly { readonly field: string; readonly hasName: boolean }[];
  readonly images?: readonly SentImage[] | undefined;
  /** Why the body could not be read. */
  readonly problem?: Refusal | undefined;
  readonly tokenPlace: TokenPlace;
}

interface Refusal {
  readonly error: ErrorCode;
  readonly err: Text;
}

interface SeenFile {
  readonly field?: string;
  readonly size?: number;
  readonly contentType?: string;
  readonly width?: number;
  readonly height?: number;
  readonly error?: ErrorCode;
  readonly err?: Text;
}

interface SeenToken {
  readonly place: TokenPlace;
  readonly state: 'missing' | 'rejected' | 'valid';
  readonly scopes?: readonly string[];
}

/** What was seen, and what to change. */
interface Diagnosis {
  /** Whether the same request would have been stored. */
  readonly ok: boolean;
  readonly seen: Pick<Symptoms, 'path' | 'dialect' | 'method' | 'contentType' | 'bytes' | 'fields'> & {
    readonly files: readonly SeenFile[];
    readonly token: SeenToken;
  };
  readonly advice: readonly Text[];
}

/** Says what is wrong with an upload; stores nothing. */
export type UploadDoctor = (caller: Caller, symptoms: Symptoms) => Promise<Diagnosis>;

/** Creates the doctor. */
export function createUploadDoctor(receive: Receiver, maxBytes: number): UploadDoctor {
  const measure = async (sent: SentImage): Promise<ReceivedImage | AppError> => {
    if (sent instanceof RefusedImage) return sent.error;
    if (sent instanceof ReceivedImage) return sent;
    try {
      const image = await receive(decodeBase64(sent.base64, maxBytes), {});
      await image.discard();
      return image;
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  };

  const look = async (caller: Caller, sent: SentImage): Promise<SeenFile> => {
    const measured = await measure(sent);
    if (measured instanceof AppError) return { error: measured.code, err: measured.text };
    const { receivedSize, contentType, width, height } = measured;
    const seen = { size: receivedSize, contentType, width, height };
    const refusal = tooLargeForToken(caller, measured.size);
    return refusal === undefined ? seen : { ...seen, error: refusal.code, err: refusal.text };
  };

  return async (caller, symptoms) => {
    const { path, dialect, method, contentType, bytes, fields } = symptoms;
    const images = await Promise.all((symptoms.images ?? []).map((sent) => look(caller, sent)));
    const files = images.map((image, index) => {
      const field = symptoms.files[index]?.field;
      return field === undefined ? image : { field, ...image };
    });
    const token = toSeenToken(caller, symptoms.tokenPlace);
    const advice = [
      ...adviseOnMethod(symptoms),
      ...adviseOnToken(token, caller),
      ...adviseOnBody(symptoms, files),
      ...files.flatMap(({ err }) => (err === undefined ? [] : [err])),
    ];
    const ok = advice.length === 0;
    return {
      ok,
      seen: { path, dialect, method, contentType, bytes, fields, files, token },
      advice: ok ? [HEALTHY] : advice,
    };
  };
}

const HEALTHY: Text = {
  zh: '一切正常：把地址里的 /client/doctor 去掉（或换成 /upload）即可上传',
  en: 'All is well: take /client/doctor out of the address (or put /upload in its place) and upload',
};

const tooLargeForToken = (caller: Caller, size: number): AppError | undefined => {
  try {
    requireSize(size, caller.kind === 'member' ? caller.narrowing?.maxBytes : undefined);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};

function toSeenToken(caller: Caller, place: TokenPlace): SeenToken {
  if (place === 'none') return { place, state: 'missing' };
  if (caller.kind === 'anonymous') return { place, state: 'rejected' };
  const scopes = caller.narrowing?.scopes;
  return { place, state: 'valid', ...(scopes && { scopes }) };
}

function adviseOnMethod({ method, methods }: Symptoms): readonly Text[] {
  if (methods.includes(method)) return [];
  const [wanted = 'POST'] = methods;
  return [{ zh: `方法是 ${method}，请改成 ${wanted}`, en: `The method is ${method}; make it ${wanted}` }];
}

function adviseOnToken({ place, state, scopes }: SeenToken, caller: Caller): readonly Text[] {
  if (state === 'missing') {
    return [
      {
        zh: '没有收到 token：请在客户端的请求头里加 Authorization: Bearer <API token>',
        en: 'No token came: add the header Authorization: Bearer <API token> in the client',
      },
    ];
  }
  if (state === 'rejected') {
    return [
      {
        zh: 'token 不对、已过期或已撤销：请检查有没有少复制字符，或重新生成一个',
        en: 'The token is wrong, has expired or was revoked: see whether a letter is missing, or make a new one',
      },
    ];
  }
  if (scopes !== undefined && !scopes.includes('upload')) {
    return [{ zh: '这个 token 没有 upload 权限', en: 'This token lacks the scope upload' }];
  }
  const isNarrow = caller.kind === 'member' && scopes?.every((scope) => scope === 'upload') === true;
  if (place === 'header' || isNarrow) return [];
  return [
    {
      zh: '放在网址或表单里的 token 只能是仅有 upload 权限的 API token；请换一个，或把它放进 Authorization 请求头',
      en: 'A token in the address or the form must be an API token with the scope upload alone; use such a one, or the Authorization header',
    },
  ];
}

function adviseOnBody({ contentType, problem, fields }: Symptoms, files: readonly SeenFile[]): readonly Text[] {
  if (/^multipart\/form-data(?!.*boundary=)/i.test(contentType)) {
    return [
      {
        zh: 'Content-Type 缺少 boundary：请删掉客户端里自定义的 Content-Type 请求头，让它自己生成',
        en: 'The Content-Type has no boundary: remove the custom Content-Type header and let the client make its own',
      },
    ];
  }
  if (problem !== undefined) return [problem.err];
  if (files.length > 0) return [];
  const seen = fields.length === 0 ? '' : fields.map((name) => JSON.stringify(name)).join('、');
  return [
    {
      zh: `没有收到文件${seen && `，只有文本字段 ${seen}`}：文件要作为表单的文件字段（任意字段名）、图片原始字节或 JSON 的 base64 发送`,
      en: `No file came${seen && `, only the text fields ${seen}`}: send it as a file of a form under any name, as raw image bytes, or as base64 in JSON`,
    },
  ];
}
