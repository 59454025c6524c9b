import { type Caller, defineEndpoint, type ExaminedImage, type SentImage } from '../../app.ts';
import { input } from '../../contract/field.ts';
import type { ErrorCode, Text } from '../../errors.ts';
import type { Credential } from '../credential.ts';

/** Where a request carries its token. */
type TokenPlace = Credential['place'] | 'none';

/** An upload as it came. */
export interface ObservedUpload {
  /** The path that the client would have used. */
  readonly path: string;
  readonly dialect: string;
  readonly method: string;
  /** The methods that this path has. */
  readonly methods: readonly string[];
  readonly contentType: string;
  readonly bytes: number | undefined;
  /** Names of the text fields. */
  readonly fields: readonly string[];
  readonly files: readonly { readonly field: string; readonly hasName: boolean }[];
  readonly images: readonly SentImage[];
  /** Why the body could not be read. */
  readonly problem: Text | undefined;
  readonly tokenPlace: TokenPlace;
}

/** What was seen, and what to change. */
export interface UploadReport {
  /** Whether the same request would have been stored. */
  readonly ok: boolean;
  readonly seen: Pick<ObservedUpload, 'path' | 'dialect' | 'method' | 'contentType' | 'bytes' | 'fields'> & {
    readonly files: readonly SeenFile[];
    readonly token: SeenToken;
  };
  readonly advice: readonly Text[];
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

/** Says what is wrong with an upload; stores nothing. */
export const diagnose = defineEndpoint({
  name: 'client/doctor',
  access: 'public',
  input: input({}),
  handle:
    ({ openClientServices }) =>
    async (_input, { caller }, { upload }: { readonly upload: ObservedUpload }): Promise<UploadReport> => {
      const { examineImage } = await openClientServices();
      const examined = await Promise.all(upload.images.map((sent) => examineImage(caller, sent)));
      const files = examined.map((image, index) => toSeenFile(image, upload.files[index]?.field));
      return report(caller, upload, files);
    },
});

function report(caller: Caller, upload: ObservedUpload, files: readonly SeenFile[]): UploadReport {
  const { path, dialect, method, contentType, bytes, fields } = upload;
  const token = toSeenToken(caller, upload.tokenPlace);
  const advice = [
    ...adviseOnMethod(upload),
    ...adviseOnToken(token, caller),
    ...adviseOnBody(upload, files),
    ...files.flatMap(({ err }) => (err === undefined ? [] : [err])),
  ];
  const ok = advice.length === 0;
  return {
    ok,
    seen: { path, dialect, method, contentType, bytes, fields, files, token },
    advice: ok ? [HEALTHY] : advice,
  };
}

const HEALTHY: Text = {
  zh: '一切正常：把地址里的 /client/doctor 去掉（或换成 /upload）即可上传',
  en: 'All is well: take /client/doctor out of the address (or put /upload in its place) and upload',
};

const toSeenFile = ({ facts, refusal }: ExaminedImage, field: string | undefined): SeenFile => ({
  ...(field !== undefined && { field }),
  ...(facts && { size: facts.receivedSize, contentType: facts.contentType, width: facts.width, height: facts.height }),
  ...(refusal && { error: refusal.code, err: refusal.text }),
});

function toSeenToken(caller: Caller, place: TokenPlace): SeenToken {
  if (place === 'none') return { place, state: 'missing' };
  if (caller.kind === 'anonymous') return { place, state: 'rejected' };
  const scopes = caller.narrowing?.scopes;
  return { place, state: 'valid', ...(scopes && { scopes }) };
}

function adviseOnMethod({ method, methods }: ObservedUpload): readonly Text[] {
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

function adviseOnBody({ contentType, problem, fields }: ObservedUpload, files: readonly SeenFile[]): readonly Text[] {
  if (/^multipart\/form-data(?!.*boundary=)/i.test(contentType)) {
    return [
      {
        zh: 'Content-Type 缺少 boundary：请删掉客户端里自定义的 Content-Type 请求头，让它自己生成',
        en: 'The Content-Type has no boundary: remove the custom Content-Type header and let the client make its own',
      },
    ];
  }
  if (problem !== undefined) return [problem];
  if (files.length > 0) return [];
  const seen = fields.length === 0 ? '' : fields.map((name) => JSON.stringify(name)).join('、');
  return [
    {
      zh: `没有收到文件${seen && `，只有文本字段 ${seen}`}：文件要作为表单的文件字段（任意字段名）、图片原始字节或 JSON 的 base64 发送`,
      en: `No file came${seen && `, only the text fields ${seen}`}: send it as a file of a form under any name, as raw image bytes, or as base64 in JSON`,
    },
  ];
}
