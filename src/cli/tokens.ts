import type { RouteInput, RouteOutput } from '../contract/contract.ts';
import { type BedClient, createBedClient } from './http-client.ts';
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
  const bed = createBedClient({ url, language });
  const session = await bed.call('auth/login', await readProof(terminal, command.phone, language));
  try {
    const withSession: Pick<BedClient, 'call'> = { call: (route, input) => bed.call(route, input, session.token) };
    return await perform(terminal, withSession, command, language);
  } finally {
    await bed.call('auth/logout', {}, session.token).catch(() => undefined);
  }
}

async function perform(
  terminal: Terminal,
  bed: Pick<BedClient, 'call'>,
  { deed, json }: TokensCommand,
  language: Language,
): Promise<number> {
  if (deed.name === 'list') {
    const listed = await bed.call('auth/listTokens', {});
    terminal.print(json ? `${JSON.stringify(listed)}\n` : listed.map(toLine).join(''));
    return EXIT.done;
  }
  if (deed.name === 'create') {
    const { token, ...made } = await bed.call('auth/createToken', deed.request);
    terminal.printError(toLine(made));
    terminal.print(json ? `${JSON.stringify({ ...made, token })}\n` : `${token}\n`);
    return EXIT.done;
  }
  return revoke(terminal, bed, deed.ids, language);
}

const NOT_THERE = { zh: '没有这个 token', en: 'There is no such token' } as const;

/** To the bed it is no fault to end what is gone; to whoever mistyped an id it is. */
async function revoke(
  terminal: Terminal,
  bed: Pick<BedClient, 'call'>,
  ids: readonly string[],
  language: Language,
): Promise<number> {
  const known = new Set((await bed.call('auth/listTokens', {})).map(({ id }) => id));
  for (const tokenId of ids) {
    if (known.has(tokenId)) await bed.call('auth/revokeToken', { tokenId });
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
  { json }: { readonly json: boolean },
): Promise<number> {
  const found = await bed.call('auth/whoami', {});
  const { userId, name, role, token } = found;
  terminal.print(
    json
      ? `${JSON.stringify({ ...found, url: bed.url })}\n`
      : `${[name, role, userId, bed.url].join('\t')}\n${token === undefined ? '' : toLine(token)}`,
  );
  return EXIT.done;
}
