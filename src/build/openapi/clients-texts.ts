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
