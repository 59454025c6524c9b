import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SCOPES } from '../naming/scope.ts';
import { UsageError } from './command-line.ts';
import { createBedClient } from './http-client.ts';
import { saveLogin, toBedUrl } from './stored-login.ts';
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
  const proof = await readProof(terminal, phone, language);
  const url = toBedUrl(bedUrl);
  const bed = createBedClient({ url, language });
  const session = await bed.call('auth/login', proof);
  const { token } = await bed.call('auth/createToken', { name: 'imagepic-cli', scopes: [...SCOPES] }, session.token);
  await saveLogin(path, { url, token });
  await bed.call('auth/logout', {}, session.token);
  terminal.printError(`${{ zh: '已登录', en: 'Logged in' }[language]}: ${url} (${path})\n`);
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
