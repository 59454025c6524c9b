import { createClient } from '../client/node/index.ts';
import { VERSION } from '../version.ts';
import { type Administration, resetPassword } from './admin.ts';
import { type Command, type CommandLine, parseCommandLine, requireAddress, UsageError } from './command-line.ts';
import { doctorWx } from './doctor-wx.ts';
import { expandFiles } from './files.ts';
import { HELP } from './help.ts';
import { list, remove } from './list-and-remove.ts';
import { login, logout } from './login.ts';
import { DamagedLogin, findBed, findLogin, toLoginPath } from './stored-login.ts';
import { EXIT, type Language, languageOf, type Terminal } from './terminal.ts';
import { tokens, whoami } from './tokens.ts';
import { isRefusedToken, toFailure, upload } from './upload.ts';

const NOT_LOGGED_IN = {
  zh: '尚未登录；请先运行 imagepic login <图床地址>',
  en: 'Not logged in; run imagepic login <bed-url> first',
} as const;

const DAMAGED = {
  zh: '保存的登录信息已损坏；请重新运行 imagepic login <图床地址>',
  en: 'What login had stored is damaged; run imagepic login <bed-url> again',
} as const;

const REFUSED_TOKEN = {
  zh: '图床不认这个 token（已过期、被撤销或写错）；请重新运行 imagepic login <图床地址>，或检查 --token 与 IMAGEPIC_TOKEN',
  en: 'The bed refuses the token (expired, revoked or mistyped); run imagepic login <bed-url> again, or check --token and IMAGEPIC_TOKEN',
} as const;

const USAGE = {
  zh: '用法错误；imagepic --help 列出全部用法',
  en: 'Wrong usage; imagepic --help shows what there is',
} as const;

/** Does what the arguments say. @returns the exit code */
export async function run(
  args: readonly string[],
  terminal: Terminal,
  loadAdministration: () => Promise<Administration>,
): Promise<number> {
  let language = languageOf(terminal.env);
  try {
    const line = parseCommandLine(args);
    language = line.language ?? language;
    if (line.command.kind === 'reset-password') {
      return await resetPassword(terminal, await loadAdministration(), { ...line.command, language });
    }
    return await perform({ ...line, command: line.command }, terminal, language);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.printError(`imagepic: ${error.message}\n${USAGE[language]}\n`);
      return EXIT.usage;
    }
    if (error instanceof DamagedLogin) {
      terminal.printError(`imagepic: ${DAMAGED[language]}: ${error.message}\n`);
      return EXIT.notLoggedIn;
    }
    if (isRefusedToken(error)) {
      terminal.printError(`imagepic: ${REFUSED_TOKEN[language]} (${error.code})\n`);
      return EXIT.notLoggedIn;
    }
    const { code, message } = toFailure(error, language);
    terminal.printError(`imagepic: ${message} (${code})\n`);
    return code === 'InvalidCredentials' ? EXIT.notLoggedIn : EXIT.failed;
  }
}

/** All but what needs the bed's own stores. */
interface OverHttp extends CommandLine {
  readonly command: Exclude<Command, { readonly kind: 'reset-password' }>;
}

async function perform({ command, url, token }: OverHttp, terminal: Terminal, language: Language): Promise<number> {
  const { env, home } = terminal;
  const path = toLoginPath(env, home);
  if (command.kind === 'help') {
    terminal.print(HELP[language]);
    return EXIT.done;
  }
  if (command.kind === 'version') {
    terminal.print(`${VERSION}\n`);
    return EXIT.done;
  }
  if (command.kind === 'doctor-wx') {
    return doctorWx(terminal, { ...command, bedUrl: await findBed({ path, env, url }) }, language);
  }
  if (command.kind === 'login') {
    await login(terminal, { ...command, language, path });
    return EXIT.done;
  }
  if (command.kind === 'logout') {
    return logout(terminal, { path, language });
  }
  if (command.kind === 'tokens') {
    const bedUrl = await findBed({ path, env, url });
    return bedUrl === undefined
      ? notLoggedIn(terminal, language)
      : tokens(terminal, command, { url: bedUrl, language });
  }
  const stored = await findLogin({ path, env, url, token });
  if (stored === undefined) return notLoggedIn(terminal, language);
  const { url: bedUrl } = stored;
  requireAddress(bedUrl);
  const bed = createClient({ ...stored, language });
  if (command.kind === 'upload') {
    const files = await expandFiles(command.files);
    return upload(terminal, bed, { ...command, files }, language);
  }
  if (command.kind === 'whoami') return whoami(terminal, bed, { ...command, url: bedUrl });
  return command.kind === 'list'
    ? list(terminal, bed, command)
    : remove(terminal, bed, { ...command, url: bedUrl, language });
}

function notLoggedIn(terminal: Terminal, language: Language): number {
  terminal.printError(`imagepic: ${NOT_LOGGED_IN[language]}\n`);
  return EXIT.notLoggedIn;
}
