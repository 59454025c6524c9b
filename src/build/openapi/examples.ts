import type { RouteUrl } from '../../contract/contract.ts';
import type { Json } from './json-schema.ts';

/** What the command line does by a route. */
export const COMMANDS: { readonly [Url in RouteUrl]?: string } = {
  'auth/login': 'imagepic login <bed-url>',
  'auth/logout': 'imagepic logout',
  'auth/me': 'imagepic whoami',
  'auth/createToken': 'imagepic tokens create blog --scopes upload,list',
  'auth/listTokens': 'imagepic tokens',
  'auth/revokeToken': 'imagepic tokens revoke <token-id>',
  'object/putObject': 'imagepic upload --folder blog cat.png',
  'object/listObjects': 'imagepic list blog/',
  'object/removeObjects': 'imagepic rm blog/cat.png',
};

/** An operation of the document, and what is sent to it. */
export interface ExampleCall {
  readonly mountUrl: string;
  /** Begins with a slash. */
  readonly path: string;
  readonly method: string;
  readonly isOpen: boolean;
  readonly example: Json | undefined;
  /** Whether it is a route of the contract, which can be called in other ways than HTTP. */
  readonly isRoute: boolean;
}

/** Writes a call in each way in which it can be made, by the name of the way. */
export function toExamples(call: ExampleCall): ReadonlyMap<string, string> {
  const { path, example, isRoute } = call;
  const url = path.slice(1);
  const written = new Map([['curl', toCurl(call)]]);
  if (!isRoute || example === undefined) return written;
  const event = JSON.stringify({ $url: url, ...example });
  written.set('imagepic/client', `await bed.${url.replace('/', '.')}(${JSON.stringify(example)})`);
  written.set('wx.cloud', `wx.cloud.callFunction({ name: 'imagepic', data: ${event} })`);
  const command = COMMANDS[url as RouteUrl];
  if (command !== undefined) written.set('imagepic', command);
  return written;
}

function toCurl({ mountUrl, path, method, isOpen, example }: ExampleCall): string {
  return [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${quote(`${mountUrl}${path}`)}`,
    ...(isOpen ? [] : [`-H 'Authorization: Bearer …'`]),
    ...(example === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quote(JSON.stringify(example))}`]),
  ].join(' \\\n  ');
}

/** One word of a shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
