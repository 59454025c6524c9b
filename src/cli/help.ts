import type { Language } from './terminal.ts';

/** What `--help` prints. */
export const HELP: Readonly<Record<Language, string>> = {
  en: `imagepic: upload pictures to an imagepic bed

  imagepic login <bed-url> [--phone <phone>]   log in once; the password is asked for, or read from standard input
  imagepic upload <files…>                     upload files, folders and *.png; "-" is standard input; prints one link a line
  imagepic list [prefix]                       list pictures: name, bytes, date, link
  imagepic rm <objectName|link…>               remove pictures
  imagepic whoami                              show whose token this is, and what it may do
  imagepic tokens [--phone <phone>]            list API tokens: id, name, scopes, where, until, last used; asks for the password
  imagepic tokens create <name>                make one and print it, this once
  imagepic tokens revoke <id…>                 end tokens at once
  imagepic logout                              end the token of login and forget it
  imagepic admin reset-password <phone>        where the server runs: print a link that sets another password, once
  imagepic doctor wx [project]                 say what a mini-program lacks to use the bed: AppID, npm, domains, privacy

upload
  --format url|markdown|html|bbcode   how links are printed
  --json                              one JSON array instead of links
  --folder <folder>                   where to (cli, or the folder that the token is narrowed to)
  --album <albumId>                   into an album as well
  --keep-names                        <folder>/<hash>/<file name> instead of <folder>/<hash>
  --name <template>                   of {hash}, {name} and {ext}
  --concurrency <1–16>                how many at once (4)
upload, list, rm
  --bucket <bucket>
tokens create
  --scopes upload,read,list,delete    what it may do (upload)
  --bucket <bucket>  --prefix <prefix>  --days <days>  --max-bytes <bytes>   where, how long, how large (no bounds)
list, whoami, tokens
  --json                              for programs
everywhere
  --url <bed-url> --token <token>     instead of IMAGEPIC_URL and IMAGEPIC_TOKEN, or what login has stored
  --lang zh|en   --help   --version

Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not logged in or token refused
`,
  zh: `imagepic：把图片上传到 imagepic 图床

  imagepic login <图床地址> [--phone <手机号>]   登录一次；密码会询问，或从标准输入读取
  imagepic upload <文件…>                        上传文件、目录或 *.png；"-" 表示标准输入；每行输出一个链接
  imagepic list [前缀]                           列出图片：名称、字节数、日期、链接
  imagepic rm <对象名|链接…>                     删除图片
  imagepic whoami                                显示 token 属于谁、能做什么
  imagepic tokens [--phone <手机号>]             列出 API token：id、名称、权限、范围、有效期、上次使用；会询问密码
  imagepic tokens create <名称>                  新建一个并输出，仅此一次
  imagepic tokens revoke <id…>                   立即撤销
  imagepic logout                                使 login 的 token 失效并忘记它
  imagepic admin reset-password <手机号>         在服务器上运行：输出一个设置新密码的链接，只能用一次
  imagepic doctor wx [项目文件夹]                说明小程序要用图床还缺什么：AppID、npm、合法域名、隐私声明

upload
  --format url|markdown|html|bbcode   链接的格式
  --json                              输出一个 JSON 数组，而不是链接
  --folder <目录>                     上传到哪里（cli，或 token 所限的目录）
  --album <相册 id>                   同时放进相册
  --keep-names                        用 <目录>/<哈希>/<文件名>，而不是 <目录>/<哈希>
  --name <模板>                       由 {hash}、{name}、{ext} 组成
  --concurrency <1–16>                同时上传几个（4）
upload、list、rm
  --bucket <存储桶>                   （images）
tokens create
  --scopes upload,read,list,delete    权限（upload）
  --bucket <存储桶>  --prefix <前缀>  --days <天数>  --max-bytes <字节数>   范围、有效期、大小（默认不限）
list、whoami、tokens
  --json                              供程序读取
通用
  --url <图床地址> --token <token>    代替 IMAGEPIC_URL 和 IMAGEPIC_TOKEN，或 login 保存的内容
  --lang zh|en   --help   --version

退出码：0 完成，1 有失败，2 用法错误，3 未登录或 token 被拒绝
`,
};
