import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SCOPES } from '../naming/scope.ts';
import { UsageError } from './command-line.ts';
import { createBedClient } from './http-client.ts';
import { forgetLogin, readLogin, saveLogin, toBedUrl } from './stored-login.ts';
import type { Language, Terminal } from './terminal.ts';

interface Login {
  readonly bedUrl: string;
  readonly phone: string | undefined;
  readonly language: Language;
  /** Where the token is kept. */
  readonly path: string;
}

const QUESTIONS = {
  phone: { zh: '手机号：', en: 'Phone: ' },
  password: { zh: '密码：', en: 'Password: ' },
} as const;

/** Signs in, makes a token of the command line's own and keeps it; the password is forgotten. */
export async function login(terminal: Terminal, { bedUrl, phone, language, path }: Login): Promise<void> {
  const url = toBedUrl(bedUrl);
  if (isOpenToListeners(url)) terminal.printError(`imagepic: ${OPEN_LINE[language]}\n`);
  const proof = await readProof(terminal, phone, language);
  const before = await readLogin(path).catch(() => undefined);
  const bed = createBedClient({ url, language });
  const session = await bed.call('auth/login', proof);
  const { token, id } = await bed.call(
    'auth/createToken',
    { name: 'imagepic-cli', scopes: [...SCOPES] },
    session.token,
  );
  await saveLogin(path, { url, token, tokenId: id });
  // The token of the login before this one is of no more use to anybody; somebody else's is not ours to end.
  if (before?.url === url && before.tokenId !== undefined) {
    await bed.call('auth/revokeToken', { tokenId: before.tokenId }, session.token).catch(() => undefined);
  }
  await bed.call('auth/logout', {}, session.token);
  terminal.printError(`${{ zh: '已登录', en: 'Logged in' }[language]}: ${url} (${path})\n`);
}

const OPEN_LINE = {
  zh: '注意：http:// 不加密，密码会被同一网络上的人看到；请尽量用 https://',
  en: 'Careful: http:// is not encrypted, and whoever is on the line can read the password; use https:// if you can',
} as const;

const isOpenToListeners = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(127(\.\d+){3}|localhost|\[::1\])$/.test(hostname);
};

const LOGGED_OUT = {
  zh: '已退出登录；要让这个 token 立即失效，请在图床里撤销它（auth/revokeToken，id 见下）',
  en: 'Logged out; to end the token itself too, revoke it at the bed (auth/revokeToken, its id follows)',
} as const;
const NOBODY = { zh: '本来就没有登录', en: 'Nobody was logged in' } as const;

/** Forgets the token that `login` has stored. */
export async function logout(terminal: Terminal, { path, language }: Pick<Login, 'path' | 'language'>): Promise<void> {
  const stored = await forgetLogin(path);
  if (stored === undefined) return terminal.printError(`${NOBODY[language]} (${path})\n`);
  terminal.printError(`${LOGGED_OUT[language]}: ${stored.tokenId ?? '?'}, ${stored.url}\n`);
}

async function readProof(terminal: Terminal, phone: string | undefined, language: Language) {
  if (!terminal.canAsk) {
    if (phone === undefined) throw new UsageError('login <bed-url> --phone <phone> < password');
    return { phone, upwd: await readLine(terminal) };
  }
  return {
    phone: phone ?? (await ask(terminal, QUESTIONS.phone[language], true)),
    upwd: await ask(terminal, QUESTIONS.password[language], false),
  };
}

async function readLine({ stdin }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

async function ask({ stdin, printError }: Terminal, question: string, isShown: boolean): Promise<string> {
  const echo = new Writable({
    write: (text, _encoding, done) => {
      if (isShown) printError(String(text));
      done();
    },
  });
  const lines = createInterface({ input: stdin, output: echo, terminal: true });
  const stop = new AbortController();
  // Ctrl+C and Ctrl+D close it, and no answer would ever come.
  lines.once('close', () => stop.abort());
  // Not before the terminal has stopped to echo.
  if (!isShown) printError(question);
  try {
    return await lines.question(isShown ? question : '', { signal: stop.signal });
  } finally {
    lines.close();
    if (!isShown) printError('\n');
  }
}
