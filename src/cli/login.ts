import { createClient } from '../client/node/index.ts';
import { SCOPES } from '../naming/scope.ts';
import { readProof } from './proof.ts';
import { forgetLogin, readLogin, saveLogin, toBedUrl } from './stored-login.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';
import { toFailure } from './upload.ts';

interface Login {
  readonly bedUrl: string;
  readonly phone: string | undefined;
  readonly language: Language;
  /** Where the token is kept. */
  readonly path: string;
}

/** Signs in, makes a token of the command line's own and keeps it; the password is forgotten. */
export async function login(terminal: Terminal, { bedUrl, phone, language, path }: Login): Promise<void> {
  const url = toBedUrl(bedUrl);
  if (isOpenToListeners(url)) terminal.printError(`imagepic: ${OPEN_LINE[language]}\n`);
  const proof = await readProof(terminal, phone, language);
  const before = await readLogin(path).catch(() => undefined);
  const bed = createClient({ url, language });
  await bed.signIn(proof);
  const { token, id } = await bed.auth.createToken({ name: 'imagepic-cli', scopes: [...SCOPES] });
  await saveLogin(path, { url, token, tokenId: id });
  // The token of the login before this one is of no more use to anybody; somebody else's is not ours to end.
  if (before?.url === url && before.tokenId !== undefined) {
    await bed.auth.revokeToken.safe({ tokenId: before.tokenId });
  }
  await bed.signOut();
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

const LOGGED_OUT = { zh: '已退出登录，token 已失效', en: 'Logged out; the token has ended' } as const;
const STILL_HOLDS = {
  zh: '本机已忘记 token，但图床那边未能使它失效；请在页面上或用 imagepic tokens revoke 撤销它',
  en: 'The token is forgotten here, but could not be ended at the bed; revoke it on the page or by imagepic tokens revoke',
} as const;
const NOBODY = { zh: '本来就没有登录', en: 'Nobody was logged in' } as const;

/** Ends the token that `login` has stored and forgets it, whatever the bed says. @returns the exit code */
export async function logout(
  terminal: Terminal,
  { path, language }: Pick<Login, 'path' | 'language'>,
): Promise<number> {
  const stored = await forgetLogin(path);
  if (stored === undefined) {
    terminal.printError(`${NOBODY[language]} (${path})\n`);
    return EXIT.done;
  }
  const { url, token, tokenId = '?' } = stored;
  try {
    await createClient({ url, token, language }).signOut();
  } catch (error) {
    const { code, message } = toFailure(error, language);
    terminal.printError(`imagepic: ${STILL_HOLDS[language]} (${tokenId}): ${message} (${code})\n`);
    return EXIT.failed;
  }
  terminal.printError(`${LOGGED_OUT[language]}: ${url}\n`);
  return EXIT.done;
}
