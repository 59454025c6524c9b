// https://developers.weixin.qq.com/miniprogram/dev/devtools/projectconfig.html
// https://developers.weixin.qq.com/miniprogram/dev/devtools/npm.html
// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../naming/record.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';

/** What `doctor wx` looks at. */
export interface DoctorWx {
  /** Folder of the mini-program. */
  readonly project: string;
  /** Of the bed that it is to use; none is known where nobody said one or has logged in. */
  readonly bedUrl: string | undefined;
}

type Text = Readonly<Record<Language, string>>;

/** One thing that was looked at: it is as it should be, it has to be mended, or only a person can see it. */
interface Finding {
  readonly state: 'good' | 'bad' | 'look';
  readonly text: Text;
}

const good = (zh: string, en: string): Finding => ({ state: 'good', text: { zh, en } });
const bad = (zh: string, en: string): Finding => ({ state: 'bad', text: { zh, en } });
const look = (zh: string, en: string): Finding => ({ state: 'look', text: { zh, en } });

const SIGNS = { good: '✓', bad: '✗', look: '→' } as const;

/** Reads the settings of a mini-program and says what to add, so that it can use the bed. @returns the exit code */
export async function doctorWx(terminal: Terminal, { project, bedUrl }: DoctorWx, language: Language): Promise<number> {
  const findings = [...(await examineProject(project)), ...examineDomains(bedUrl), ...CONSOLE];
  for (const { state, text } of findings) terminal.print(`${SIGNS[state]} ${text[language]}\n`);
  return findings.some(({ state }) => state === 'bad') ? EXIT.failed : EXIT.done;
}

async function examineProject(project: string): Promise<readonly Finding[]> {
  const config = await readJson(join(project, 'project.config.json'));
  if (config === undefined) {
    return [
      bad(
        `${project} 里没有可读的 project.config.json；请给出小程序项目的文件夹：imagepic doctor wx <项目>`,
        `There is no readable project.config.json in ${project}; name the folder of the mini-program: imagepic doctor wx <project>`,
      ),
    ];
  }
  const own = (await readJson(join(project, 'project.private.config.json'))) ?? {};
  const root = join(project, textOf(config['miniprogramRoot']) ?? '');
  return [
    examineAppId(textOf(own['appid']) ?? textOf(config['appid'])),
    await examineApp(root),
    ...(await examineClient(project, root, config)),
    ...examineSettings({ ...settingsOf(config), ...settingsOf(own) }),
  ];
}

function examineAppId(appId: string | undefined): Finding {
  if (appId !== undefined && /^wx[0-9a-f]{16}$/.test(appId)) return good(`AppID ${appId}`, `AppID ${appId}`);
  return bad(
    'project.config.json 的 appid 不是真实的 AppID（测试号没有服务器域名）；请在 公众平台 → 开发管理 查看并填写',
    'The appid of project.config.json is no real AppID, and without one there are no server domains; copy it from 开发管理 of the console',
  );
}

async function examineApp(root: string): Promise<Finding> {
  const app = await readJson(join(root, 'app.json'));
  if (Array.isArray(app?.['pages']) && app['pages'].length > 0) return good('app.json', 'app.json');
  return bad(
    `${join(root, 'app.json')} 不存在、不是 JSON 或没有 pages；请检查 project.config.json 的 miniprogramRoot`,
    `${join(root, 'app.json')} is missing, no JSON, or has no pages; check miniprogramRoot in project.config.json`,
  );
}

/** The client comes by npm, and has to be built by the tools then, or as one file. */
async function examineClient(
  project: string,
  root: string,
  config: Readonly<Record<string, unknown>>,
): Promise<readonly Finding[]> {
  if (await isThere(join(root, 'miniprogram_npm', 'imagepic', 'index.js'))) {
    return [good('imagepic 已构建到 miniprogram_npm', 'imagepic is built into miniprogram_npm')];
  }
  const isInRoot = await depends(root);
  if (!isInRoot && !(await depends(project))) {
    return [
      look(
        '没有依赖 imagepic：请 npm install imagepic 后在工具中 构建 npm，或把 miniprogram_dist/wx.js 复制到项目中（已复制则不必）',
        'imagepic is no dependency: npm install imagepic, then 工具 → 构建 npm; or copy the file miniprogram_dist/wx.js into the project (nothing to do where it is there)',
      ),
    ];
  }
  const build = bad(
    `imagepic 尚未构建：请在开发者工具中点 工具 → 构建 npm（会生成 ${join(root, 'miniprogram_npm')}）`,
    `imagepic is not built yet: 工具 → 构建 npm in the developer tools makes ${join(root, 'miniprogram_npm')}`,
  );
  const isPacked = settingsOf(config)['packNpmManually'] === true;
  if (isInRoot || isPacked) return [build];
  return [
    bad(
      'package.json 不在 miniprogramRoot 中：请在 project.config.json 的 setting 里设 packNpmManually: true 和 packNpmRelationList: [{ packageJsonPath: "./package.json", miniprogramNpmDistDir: "<miniprogramRoot>" }]',
      'package.json is not in miniprogramRoot: set packNpmManually: true and packNpmRelationList: [{ packageJsonPath: "./package.json", miniprogramNpmDistDir: "<miniprogramRoot>" }] in setting of project.config.json',
    ),
    build,
  ];
}

function examineSettings({ urlCheck }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (urlCheck !== false) return [];
  return [
    look(
      'urlCheck 为 false：开发者工具不校验域名，缺少的合法域名要到真机上才会报错；请设回 true 再试一遍',
      'urlCheck is false: the developer tools do not look at domains, and a missing one fails on phones only; set it to true and try once more',
    ),
  ];
}

/** What has to stand in the console, of which nothing can be read from here. */
function examineDomains(bedUrl: string | undefined): readonly Finding[] {
  if (bedUrl === undefined) {
    return [
      look(
        '不知道图床地址：加上 --url <图床地址> 或先 imagepic login，就能列出要添加的合法域名（只用 wx.cloud 调用云函数则不需要）',
        'No bed is known: with --url <bed-url>, or after imagepic login, the domains to add are listed (wx.cloud alone needs none)',
      ),
    ];
  }
  const { protocol, hostname, origin } = new URL(bedUrl);
  const isName = /[a-z]/i.test(hostname) && hostname.includes('.') && !hostname.endsWith('.local');
  if (protocol !== 'https:' || !isName) {
    return [
      bad(
        `${origin} 不能作合法域名：要有备案的域名和 https，不能是 IP 或 localhost；请为图床配置域名，或经 wx.cloud 调用云函数`,
        `${origin} can be no domain of a mini-program, which has https, a name with an ICP filing, no IP and no localhost; give the bed one, or call it as a function by wx.cloud`,
      ),
    ];
  }
  return [
    look(
      `公众平台 → 开发管理 → 服务器域名：request、uploadFile、downloadFile 合法域名都加上 ${origin}；图床用 S3/COS 存储时，request 与 uploadFile 还要加上存储桶的域名（大文件直传）`,
      `Console → 开发管理 → 服务器域名: add ${origin} to request, uploadFile and downloadFile; where the bed keeps images in S3 or COS, also the host of its bucket to request and uploadFile, for large files`,
    ),
  ];
}

/** @see https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html */
const CONSOLE: readonly Finding[] = [
  look(
    '公众平台 → 用户隐私保护指引：声明「选中的照片或视频信息」，否则 wx.chooseMedia 会失败；要存到相册还需声明「相册（仅写入）」',
    'Console → 用户隐私保护指引: declare 选中的照片或视频信息, without which wx.chooseMedia fails, and 相册（仅写入）to save images',
  ),
];

const depends = async (folder: string): Promise<boolean> => {
  const { dependencies } = (await readJson(join(folder, 'package.json'))) ?? {};
  return isRecord(dependencies) && Object.hasOwn(dependencies, 'imagepic');
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const settingsOf = ({ setting }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  isRecord(setting) ? setting : {};

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** `undefined` for what is not there, and for what is no object. The developer tools write no byte order mark, editors may. */
async function readJson(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = JSON.parse((await readFile(path, 'utf8')).replace(/^\ufeff/, ''));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
