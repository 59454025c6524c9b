import { type BedClient, createClient } from '../client/node/index.ts';
import type { RouteInput, RouteOutput } from '../contract/contract.ts';
import { readProof } from './proof.ts';
import { EXIT, type Language, type Terminal } from './terminal.ts';

type Token = RouteOutput<'auth/listTokens'>[number];

/** What is to be done with the API tokens of an account, which takes its password. */
export interface TokensCommand {
  readonly kind: 'tokens';
  readonly phone: string | undefined;
  readonly json: boolean;
  readonly deed:
    | { readonly name: 'list' }
    | { readonly name: 'create'; readonly request: RouteInput<'auth/createToken'> }
    | { readonly name: 'revoke'; readonly ids: readonly string[] };
}

/** Who asks, and where. */
interface Asking {
  readonly url: string;
  readonly language: Language;
}

/** Lists, makes and ends API tokens, in a session of its own, since a token may do none of it. @returns the exit code */
export async function tokens(terminal: Terminal, command: TokensCommand, { url, language }: Asking): Promise<number> {
  const bed = createClient({ url, language });
  await bed.signIn(await readProof(terminal, command.phone, language));
  try {
    return await perform(terminal, bed, command, language);
  } finally {
    await bed.signOut().catch(() => undefined);
  }
}

async function perform(
  terminal: Terminal,
  bed: BedClient,
  { deed, json }: TokensCommand,
  language: Language,
): Promise<number> {
  if (deed.name === 'list') {
    const listed = await bed.auth.listTokens();
    terminal.print(json ? `${JSON.stringify(listed)}\n` : listed.map(toLine).join(''));
    return EXIT.done;
  }
  if (deed.name === 'create') {
    const { token, ...made } = await bed.auth.createToken(deed.request);
    terminal.printError(toLine(made));
    terminal.print(json ? `${JSON.stringify({ ...made, token })}\n` : `${token}\n`);
    return EXIT.done;
  }
  return revoke(terminal, bed, deed.ids, language);
}

const NOT_THERE = { zh: '没有这个 token', en: 'There is no such token' } as const;

/** To the bed it is no fault to end what is gone; to whoever mistyped an id it is. */
async function revoke(terminal: Terminal, bed: BedClient, ids: readonly string[], language: Language): Promise<number> {
  const known = new Set((await bed.auth.listTokens()).map(({ id }) => id));
  for (const tokenId of ids) {
    if (known.has(tokenId)) await bed.auth.revokeToken({ tokenId });
    else terminal.printError(`${tokenId}: ${NOT_THERE[language]} (NoSuchKey)\n`);
  }
  return ids.every((id) => known.has(id)) ? EXIT.done : EXIT.failed;
}

/** A token in a line: id, name, scopes, where, until when, when it was last used. */
const toLine = ({ id, name, scopes, bucketName = '*', prefix = '', expiresAt = '-', lastUsedAt = '-' }: Token) =>
  `${[id, name, scopes.join(','), `${bucketName}/${prefix}`, expiresAt, lastUsedAt].join('\t')}\n`;

/** Prints whom the credential speaks for, and what a token is cut down to. @returns the exit code */
export async function whoami(
  terminal: Terminal,
  bed: BedClient,
  { url, json }: { readonly url: string; readonly json: boolean },
): Promise<number> {
  const found = await bed.auth.whoami();
  const { userId, name, role, token } = found;
  terminal.print(
    json
      ? `${JSON.stringify({ ...found, url })}\n`
      : `${[name, role, userId, url].join('\t')}\n${token === undefined ? '' : toLine(token)}`,
  );
  return EXIT.done;
}
