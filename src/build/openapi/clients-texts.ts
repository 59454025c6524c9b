import type { Text } from '../../errors.ts';

/** What each operation of the dialects does; of a method and path that no row has, no document can be made. */
export const TEXTS: readonly (readonly [RegExp, Text])[] = [
  [
    /^(POST|PUT) .*\/(upload|index\.php)$/,
    { zh: '接收上传客户端发来的图片。', en: 'Takes the images that an upload client sends.' },
  ],
  [
    / .*\/client\/doctor$/,
    {
      zh: '检查一次上传会收到什么、该改哪里；什么都不存。',
      en: 'Tells what an upload would bring and what to change; nothing is stored.',
    },
  ],
  [/^GET \/clients$/, { zh: '以网页列出各上传客户端的配置。', en: 'Shows the settings of upload clients as a page.' }],
  [
    /^POST \/delete$/,
    { zh: '按上传时返回的项删除图片。', en: 'Removes the images whose items an upload has returned.' },
  ],
  [
    /^GET \/delete\//,
    { zh: '以网页确认要删除的图片；只看不删。', en: 'Shows what a delete link would remove; looking removes nothing.' },
  ],
  [/^POST \/delete\//, { zh: '按删除链接删除图片。', en: 'Removes the image of a delete link.' }],
  [
    /^(GET|DELETE) \/api\/.*\/delete\//,
    { zh: '按上传时返回的 hash 删除图片。', en: 'Removes the image whose `hash` an upload has returned.' },
  ],
  [
    /^POST .*\/tokens?$/,
    { zh: '以账号和密码登录，取得 API token。', en: 'Signs in with an account and its password for an API token.' },
  ],
  [
    /^DELETE .*\/tokens$/,
    { zh: '撤销客户端登录取得的所有 token。', en: 'Ends every token that clients have signed in for.' },
  ],
  [/ .*\/profile$/, { zh: '查看账号与用量。', en: 'Tells of the account and what it takes up.' }],
  [/ .*\/strategies$/, { zh: '列出可上传的存储桶。', en: 'Lists the buckets that uploads may go to.' }],
  [/^GET .*\/albums$/, { zh: '分页列出相册。', en: 'Lists albums, a page at a time.' }],
  [/^DELETE .*\/albums\//, { zh: '删除空相册。', en: 'Gives up an album that is empty.' }],
  [/^GET .*\/(images|upload_history|history)$/, { zh: '分页列出图片。', en: 'Lists images, a page at a time.' }],
  [/^DELETE .*\/images\//, { zh: '删除图片。', en: 'Removes an image.' }],
];

/** A family of upload clients. */
interface DialectText {
  readonly title: Text;
  /** Where these clients put their token. */
  readonly token: Text;
}

const HEADER: Text = { zh: '请求头 `Authorization: Bearer <token>`', en: 'the header `Authorization: Bearer <token>`' };
const BARE: Text = {
  zh: '请求头 `Authorization: <token>`（没有 Bearer）',
  en: 'the header `Authorization: <token>`, bare',
};
const NONE: Text = { zh: '不需要', en: 'none' };

/** Each dialect by its name, without which no document can be made. */
export const DIALECT_TEXTS: ReadonlyMap<string, DialectText> = new Map([
  [
    'pic-go-server',
    {
      title: {
        zh: 'PicGo / PicList 的服务端（Obsidian、思源等笔记软件）',
        en: 'The server of PicGo and PicList (Obsidian, SiYuan and other editors)',
      },
      token: { zh: '网址里的 `?key=<token>`', en: '`?key=<token>` in the address' },
    },
  ],
  [
    'img-bed',
    {
      title: { zh: 'CloudFlare-ImgBed', en: 'CloudFlare-ImgBed' },
      token: { zh: '网址里的 `?authCode=<token>`', en: '`?authCode=<token>` in the address' },
    },
  ],
  [
    'native',
    {
      title: {
        zh: '本图床自己的（PicGo web-uploader、PicList 自定义、ShareX、uPic、curl）',
        en: 'Our own (PicGo web-uploader, PicList advanced, ShareX, uPic, curl)',
      },
      token: HEADER,
    },
  ],
  ['lsky-v2', { title: { zh: '兰空图床（Lsky Pro）V2', en: 'Lsky Pro 2' }, token: HEADER }],
  [
    'lsky-v1',
    {
      title: { zh: '兰空图床（Lsky Pro）V1', en: 'Lsky Pro 1' },
      token: { zh: '请求头 `token: <token>`', en: 'the header `token: <token>`' },
    },
  ],
  [
    'sm-ms',
    {
      title: {
        zh: 'SM.MS / S.EE（PicGo、PicList 自带的上传器）',
        en: 'SM.MS and S.EE (the own uploader of PicGo and PicList)',
      },
      token: BARE,
    },
  ],
  [
    'chevereto',
    {
      title: { zh: 'Chevereto', en: 'Chevereto' },
      token: {
        zh: '请求头 `X-API-Key: <token>`，或表单字段 `key`',
        en: 'the header `X-API-Key: <token>`, or the field `key`',
      },
    },
  ],
  [
    'easy-images',
    {
      title: { zh: '简单图床（EasyImages 2）', en: 'EasyImages 2' },
      token: { zh: '表单字段 `token`', en: 'the field `token`' },
    },
  ],
  [
    'sharex',
    {
      title: { zh: '删除链接（ShareX 的 DeletionURL）', en: "Delete links (ShareX's DeletionURL)" },
      token: { zh: '链接本身就是许可', en: 'the link is the permission' },
    },
  ],
  ['clients-page', { title: { zh: '各客户端的配置', en: 'Settings of clients' }, token: NONE }],
  [
    'diagnosis',
    {
      title: { zh: '上传诊断', en: 'What is wrong with an upload' },
      token: { zh: '和要诊断的上传一样', en: 'as in the upload that is looked at' },
    },
  ],
]);
