import { filePart, formRequest, type RecordedRequest, textPart, writeForm } from './recorded-request.ts';

/** What a client is set up with, and what it uploads. */
export interface Upload {
  readonly token: string;
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

const AXIOS = {
  accept: 'application/json, text/plain, */*',
  'accept-encoding': 'gzip, compress, deflate, br',
  'user-agent': 'PicGo',
};

/** PicGo with web-uploader 1.1.1: custom fields first, the name in raw UTF-8. */
export const webUploader = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/upload', [textPart('album', '旅行'), textPart('n', '3'), filePart('file', fileName, bytes)], {
    ...AXIOS,
    authorization: `Bearer ${token}`,
  });

/** PicGo 1.5.6 with web-uploader: no length, in chunks. */
export const webUploaderOfPicGo1 = (upload: Upload): RecordedRequest => {
  const { headers, ...rest } = webUploader(upload);
  const { 'content-length': _, ...others } = headers;
  return { ...rest, headers: { ...others, 'transfer-encoding': 'chunked' } };
};

/** PicGo and PicList with their own SM.MS uploader: the token bare. */
export const smMs = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/api/v2/upload', [filePart('smfile', fileName, bytes), textPart('ssl', 'true')], {
    ...AXIOS,
    authorization: token,
  });

/** PicGo with lankong 1.1.3 for Lsky 2: fields after the file, `Bearer` typed by the user. */
export const lankongV2 = ({ token, fileName, bytes }: Upload, albumId?: string): RecordedRequest =>
  formRequest(
    '/api/v1/upload',
    [
      filePart('file', fileName, bytes),
      textPart('ssl', 'true'),
      ...(albumId === undefined ? [] : [textPart('album_id', albumId)]),
      textPart('permission', '0'),
    ],
    { ...AXIOS, accept: 'application/json', connection: 'keep-alive', authorization: `Bearer ${token}` },
  );

/** PicGo with lankong 1.1.3 for Lsky 1: the token in a header of that name. */
export const lankongV1 = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/api/upload', [filePart('image', fileName, bytes), textPart('ssl', 'true')], { ...AXIOS, token });

/** PicList's advanced uploader: the file first, then the body fields. */
export const picListAdvanced = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/upload', [filePart('file', fileName, bytes), textPart('album', '旅行')], {
    ...AXIOS,
    'user-agent': 'PicList',
    authorization: `Bearer ${token}`,
  });

/** PicList's uploader for another PicList: everything in the address. */
export const picListServer = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest(`/upload?configName=Default&picbed=smms&key=${token}`, [filePart('file', fileName, bytes)], AXIOS);

/** ShareX 15 with the .sxcu of client/config. */
export const shareX = ({ token, fileName, bytes }: Upload): RecordedRequest => {
  const boundary = '--------------------8dc2f5a1b3e4c07';
  const body = writeForm(boundary, [filePart('file', fileName, bytes)]);
  return {
    method: 'POST',
    path: '/upload',
    headers: {
      authorization: `Bearer ${token}`,
      'user-agent': 'ShareX/15.0.0',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(body.length),
    },
    body,
  };
};

/** uPic with a Content-Type header of multipart/form-data, whose boundary Alamofire adds: fields first. */
export const uPicForm = ({ token, fileName, bytes }: Upload): RecordedRequest => {
  const boundary = 'alamofire.boundary.3f2a91c07be4d655';
  const body = writeForm(boundary, [textPart('from', 'uPic'), filePart('file', fileName, bytes)]);
  return {
    method: 'POST',
    path: '/upload',
    headers: {
      authorization: `Bearer ${token}`,
      'accept-language': 'zh-Hans-CN;q=1.0, en-CN;q=0.9',
      'user-agent': 'uPic/1.0 (com.svend.uPic.macos; build:1; macOS 14.0.0) Alamofire/5.8.0',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(body.length),
    },
    body,
  };
};

/** uPic with JSON: base64 under whatever the field is called. */
export const uPicJson = ({ token, bytes }: Upload): RecordedRequest => ({
  method: 'POST',
  path: '/upload',
  headers: {
    authorization: `Bearer ${token}`,
    'accept-language': 'zh-Hans-CN;q=1.0',
    'content-type': 'application/json',
  },
  body: Buffer.from(JSON.stringify({ from: 'uPic', picture: Buffer.from(bytes).toString('base64') })),
});

/** Obsidian's image auto upload against a remote server: absolute paths as names, no type, many at once, no headers. */
export const obsidian = ({ token }: Upload, images: readonly Uint8Array[]): RecordedRequest =>
  formRequest(
    `/upload?key=${token}`,
    images.map((bytes, index) =>
      filePart('list', `/Users/wxm/笔记/附件/图 ${index + 1}.png`, bytes, 'application/octet-stream'),
    ),
  );

/** EasyImages 2, as emo-uploader speaks it. */
export const easyImages = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/api/index.php', [filePart('image', fileName, bytes), textPart('token', token)]);

/** Chevereto's API 1.1. */
export const chevereto = ({ token, fileName, bytes }: Upload): RecordedRequest =>
  formRequest('/api/1/upload', [filePart('source', fileName, bytes)], { 'x-api-key': token });

/** Chevereto's API with base64 and key as urlencoded fields. */
export const cheveretoEncoded = ({ token, bytes }: Upload): RecordedRequest => ({
  method: 'POST',
  path: '/api/1/upload',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: Buffer.from(new URLSearchParams({ key: token, source: Buffer.from(bytes).toString('base64') }).toString()),
});
