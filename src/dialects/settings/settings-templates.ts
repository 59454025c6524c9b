import type { CLIENTS } from '../../contract/fields/client.ts';
import type { Text } from '../../errors.ts';

/** An upload client that there is a template for. */
export type Client = (typeof CLIENTS)[number];

/** What a template is filled with. */
interface TemplateValues {
  /** Absolute address of the HTTP mount, without a slash at the end. */
  readonly address: string;
  readonly token: string;
}

/** How to set up one client. */
export interface SettingsTemplate {
  readonly title: Text;
  /** Where to put the configuration. */
  readonly where: Text;
  readonly fileName?: string;
  readonly config: (values: TemplateValues) => Readonly<Record<string, unknown>> | string;
}

const bearer = (token: string): string => JSON.stringify({ Authorization: `Bearer ${token}` });

/** PicGo's configuration file with one uploader chosen. */
const picgo = (uploader: string, settings: object, plugin?: string) => ({
  picBed: { uploader, current: uploader, [uploader]: settings },
  picgoPlugins: plugin === undefined ? {} : { [`picgo-plugin-${plugin}`]: true },
});

const lankong = (lskyProVersion: 'V1' | 'V2', server: string, token: string) =>
  picgo(
    'lankong',
    {
      ...{ lskyProVersion, server, token },
      ...{ strategyId: '', albumId: '', permission: 0, ignoreCertErr: false, syncDelete: lskyProVersion === 'V2' },
    },
    'lankong',
  );

/** What follows the scheme: clients that only know a domain take a path behind it all the same. */
const withoutScheme = (address: string): string => address.replace(/^https?:\/\//, '');

const inPicGo = (plugin: string): Text => ({
  zh: `PicGo：先安装插件 ${plugin}，再把下面的内容合并进配置文件（设置 → 打开配置文件；命令行为 ~/.picgo/config.json）`,
  en: `PicGo: install the plugin ${plugin}, then merge this into its configuration file (~/.picgo/config.json for the command line)`,
});

/** The file goes as it is, because `curl -F` reads quotes and semicolons in names. */
const SCRIPT = ({ address, token }: TemplateValues): string => `#!/bin/sh
# 每个参数是一个图片文件，每行输出一个链接
for file in "$@"; do
  curl -gsS --fail-with-body -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/octet-stream' -T "$file" '${address}/upload?format=txt' || exit 1
done
`;

/** Every template, in the order in which people are shown them. */
export const SETTINGS_TEMPLATES: Readonly<Record<Client, SettingsTemplate>> = {
  'picgo-smms': {
    title: { zh: 'PicGo（内置 SM.MS，不装插件）', en: 'PicGo (its own SM.MS uploader, no plugin)' },
    where: {
      zh: '图床设置 → SM.MS：Token 填 token，备用上传域名填 backupDomain；或合并进配置文件。此上传器只走 HTTPS，须有证书',
      en: 'Uploader SM.MS: the token and the backup domain; or merge this into the configuration file. This uploader only speaks HTTPS',
    },
    config: ({ address, token }) => picgo('smms', { token, backupDomain: withoutScheme(address) }),
  },
  'picgo-web-uploader': {
    title: { zh: 'PicGo + web-uploader 插件', en: 'PicGo with the plugin web-uploader' },
    where: inPicGo('web-uploader'),
    config: ({ address, token }) =>
      picgo(
        'web-uploader',
        { url: `${address}/upload`, paramName: 'file', jsonPath: 'url', customHeader: bearer(token), customBody: '' },
        'web-uploader',
      ),
  },
  'picgo-lankong-v2': {
    title: { zh: 'PicGo + lankong 插件（兰空 V2）', en: 'PicGo with the plugin lankong (Lsky V2)' },
    where: inPicGo('lankong'),
    config: ({ address, token }) => lankong('V2', address, `Bearer ${token}`),
  },
  'picgo-lankong-v1': {
    title: { zh: 'PicGo + lankong 插件（兰空 V1）', en: 'PicGo with the plugin lankong (Lsky V1)' },
    where: inPicGo('lankong'),
    config: ({ address, token }) => lankong('V1', address, token),
  },
  'piclist-advanced': {
    title: { zh: 'PicList（高级自定义）', en: 'PicList (advanced custom)' },
    where: {
      zh: 'PicList：图床 → 高级自定义，逐项填写；其余留空',
      en: 'PicList: the uploader "advanced custom", field by field; leave the others empty',
    },
    config: ({ address, token }) => ({
      endpoint: `${address}/upload`,
      method: 'POST',
      formDataKey: 'file',
      headers: bearer(token),
      body: '{}',
      resDataPath: 'data.url',
    }),
  },
  'piclist-lsky': {
    title: { zh: 'PicList（兰空 V2，可云端删除）', en: 'PicList (Lsky V2, with cloud deletion)' },
    where: { zh: 'PicList：图床 → 兰空，逐项填写', en: 'PicList: the uploader Lsky, field by field' },
    config: ({ address, token }) => ({
      version: 'V2',
      host: address,
      token: `Bearer ${token}`,
      strategyId: '',
      albumId: '',
      permission: 0,
    }),
  },
  sharex: {
    title: { zh: 'ShareX', en: 'ShareX' },
    where: { zh: '存为 imagepic.sxcu 后双击导入', en: 'Save as imagepic.sxcu and open it' },
    fileName: 'imagepic.sxcu',
    config: ({ address, token }) => ({
      Version: '15.0.0',
      Name: 'imagepic',
      DestinationType: 'ImageUploader, FileUploader',
      RequestMethod: 'POST',
      RequestURL: `${address}/upload`,
      Headers: { Authorization: `Bearer ${token}` },
      Body: 'MultipartFormData',
      FileFormName: 'file',
      URL: '{json:url}',
      ThumbnailURL: '{json:thumb}',
      DeletionURL: '{json:del}',
      ErrorMessage: '{json:message}',
    }),
  },
  upic: {
    title: { zh: 'uPic（自定义）', en: 'uPic (custom)' },
    where: {
      zh: 'uPic：图床 → 自定义，逐项填写；域名留空',
      en: 'uPic: a custom host, field by field; leave the domain empty',
    },
    config: ({ address, token }) => ({
      url: `${address}/upload`,
      method: 'POST',
      field: 'file',
      headers: [
        { key: 'Authorization', value: `Bearer ${token}` },
        { key: 'Content-Type', value: 'multipart/form-data' },
      ],
      bodys: [],
      resultPath: '["url"]',
      domain: '',
    }),
  },
  'cloudflare-imgbed': {
    title: { zh: '为 CloudFlare-ImgBed 写的工具', en: 'Tools made for CloudFlare-ImgBed' },
    where: {
      zh: '域名填 domain，上传认证码填 authCode；要填完整接口的，用 url、文件字段 field 和结果路径 result',
      en: 'The domain and the upload code; where the whole address is wanted, that, the field of the file and the path of the result',
    },
    config: ({ address, token }) => ({
      domain: address,
      authCode: token,
      url: `${address}/upload?authCode=${token}&returnFormat=full`,
      field: 'file',
      result: '[0].src',
    }),
  },
  obsidian: {
    title: { zh: 'Obsidian（Image auto upload）', en: 'Obsidian (Image auto upload)' },
    where: {
      zh: '插件设置：默认上传器选 PicGo，打开「远程服务器模式」，填上传接口与删除接口',
      en: 'Plugin settings: default uploader PicGo, remote server mode on, the upload and the delete address',
    },
    config: ({ address, token }) => ({
      uploader: 'PicGo',
      uploadServer: `${address}/upload?key=${token}`,
      deleteServer: `${address}/delete`,
      remoteServerMode: true,
    }),
  },
  typora: {
    title: { zh: 'Typora、MarkText 等（命令行脚本）', en: 'Typora, MarkText and others (a script)' },
    where: {
      zh: '存为 imagepic.sh 并 chmod +x；Typora：偏好设置 → 图像 → 上传服务选「自定义命令」，填脚本路径',
      en: 'Save as imagepic.sh and chmod +x; Typora: preferences, image, a custom command with the path of the script',
    },
    fileName: 'imagepic.sh',
    config: SCRIPT,
  },
  curl: {
    title: { zh: 'curl', en: 'curl' },
    where: { zh: '在终端里运行', en: 'Run it in a terminal' },
    config: ({ address, token }) =>
      `curl -H 'Authorization: Bearer ${token}' -F 'file=@图片.png' '${address}/upload?format=txt'`,
  },
};
