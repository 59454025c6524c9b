import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './command-line.ts';
import type { Language, Terminal } from './terminal.ts';

const QUESTIONS = {
  phone: { zh: '手机号：', en: 'Phone: ' },
  password: { zh: '密码：', en: 'Password: ' },
} as const;

/** Asks for phone and password, or reads the password where nobody can be asked. @throws {UsageError} without a phone there */
export async function readProof(terminal: Terminal, phone: string | undefined, language: Language) {
  if (!terminal.canAsk) {
    if (phone === undefined) throw new UsageError('--phone <phone> < password');
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
