import { EXIT, type Language, type Terminal } from './terminal.ts';

/** What only who runs the bed can do, on the bed's own stores; loaded when it is asked for, since nothing else needs a server. */
export interface Administration {
  createPasswordReset(
    env: Terminal['env'],
    phone: string,
    /** Takes the line that the log of the server would have. */
    writeLog: (line: string) => void,
  ): Promise<{ readonly link: string; readonly reset: string; readonly expiresAt: Date } | undefined>;
}

const NOBODY = {
  zh: '没有人用这个手机号；图床的账号见页面的“管理”或 auth/listUsers',
  en: 'Nobody has this phone; the page shows who is there, and so does auth/listUsers',
} as const;

const MADE = {
  zh: '打开链接设置新密码，只能用一次；之后所有会话和 API token 都会失效。重置码与有效期',
  en: 'Open the link to set another password, once; every session and API token of the account then ends. The code, and until when',
} as const;

/** Prints a link by which the account of a phone gets another password. @returns the exit code */
export async function resetPassword(
  terminal: Terminal,
  { createPasswordReset }: Administration,
  { phone, language }: { readonly phone: string; readonly language: Language },
): Promise<number> {
  const made = await createPasswordReset(terminal.env, phone, terminal.printError);
  if (made === undefined) {
    terminal.printError(`imagepic: ${NOBODY[language]} (NoSuchUser)\n`);
    return EXIT.failed;
  }
  terminal.print(`${made.link}\n`);
  terminal.printError(`${MADE[language]}: ${made.reset}, ${made.expiresAt.toISOString()}\n`);
  return EXIT.done;
}
