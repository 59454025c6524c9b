import { parseArgs } from 'node:util';
import { isNameTemplate, type Placeholder } from '../naming/name-template.ts';
import { nearestName } from '../naming/nearest-name.ts';
import { SCOPES } from '../naming/scope.ts';
import { STDIN } from './files.ts';
import { PRINTED_FORMATS, type PrintedFormat } from './printed-link.ts';
import type { Language } from './terminal.ts';
import type { TokensCommand } from './tokens.ts';

/** Arguments that make no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How `upload` names and prints. */
export interface UploadOptions {
  readonly files: readonly string[];
  readonly bucketName: string | undefined;
  readonly folder: string | undefined;
  readonly album: string | undefined;
  readonly nameTemplate: string;
  readonly concurrency: number;
  readonly format: PrintedFormat;
  readonly json: boolean;
}

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'login'; readonly bedUrl: string; readonly phone: string | undefined }
  | ({ readonly kind: 'upload' } & UploadOptions)
  | { readonly kind: 'list'; readonly bucketName: string | undefined; readonly prefix: string; readonly json: boolean }
  | { readonly kind: 'logout' }
  | { readonly kind: 'whoami'; readonly json: boolean }
  | TokensCommand
  | { readonly kind: 'reset-password'; readonly phone: string }
  | { readonly kind: 'doctor-wx'; readonly project: string }
  /** `images`: names in the bucket, or links. */
  | { readonly kind: 'rm'; readonly bucketName: string | undefined; readonly images: readonly string[] };

/** A whole command line. */
export interface CommandLine {
  readonly command: Command;
  readonly language: Language | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  lang: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  phone: { type: 'string' },
  bucket: { type: 'string' },
  folder: { type: 'string' },
  album: { type: 'string' },
  name: { type: 'string' },
  'keep-names': { type: 'boolean' },
  concurrency: { type: 'string' },
  format: { type: 'string' },
  json: { type: 'boolean' },
  scopes: { type: 'string' },
  prefix: { type: 'string' },
  days: { type: 'string' },
  'max-bytes': { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const EVERYWHERE = ['help', 'version', 'lang', 'url', 'token'];

/** What a command takes beside what all of them take, and how it is read. */
interface CommandReader {
  readonly options: readonly string[];
  readonly read: (operands: readonly string[], values: Values) => Command;
}

const COMMANDS: ReadonlyMap<string, CommandReader> = new Map<string, CommandReader>([
  ['login', { options: ['phone'], read: toLogin }],
  [
    'upload',
    { options: ['bucket', 'folder', 'album', 'name', 'keep-names', 'concurrency', 'format', 'json'], read: toUpload },
  ],
  ['list', { options: ['bucket', 'json'], read: toList }],
  ['rm', { options: ['bucket'], read: toRemove }],
  ['logout', { options: [], read: () => ({ kind: 'logout' }) }],
  ['whoami', { options: ['json'], read: (_, { json = false }) => ({ kind: 'whoami', json }) }],
  ['tokens', { options: ['phone', 'json'], read: toTokens }],
  [
    'tokens create',
    { options: ['phone', 'json', 'scopes', 'bucket', 'prefix', 'days', 'max-bytes'], read: toTokenRequest },
  ],
  ['tokens revoke', { options: ['phone'], read: toRevoked }],
  ['admin reset-password', { options: [], read: toAdmin }],
  ['doctor wx', { options: [], read: toDoctor }],
]);

/** Reads the arguments. @throws {UsageError} */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  const [name, ...operands] = positionals;
  return {
    command: toAbout(values) ?? toCommand(name, operands, values),
    language: values.lang === undefined ? undefined : oneOf<Language>('--lang', ['zh', 'en'], values.lang),
    url: values.url === undefined ? undefined : requireAddress(values.url),
    token: values.token,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [, option] = (error instanceof Error && /Unknown option '(-[^']*)'/.exec(error.message)) || [];
    if (option !== undefined) throw new UsageError(`${option}${didYouMean(option, Object.keys(OPTIONS), '--')}`);
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toAbout({ help, version }: Values): Command | undefined {
  if (help === true) return { kind: 'help' };
  return version === true ? { kind: 'version' } : undefined;
}

function toCommand(name: string | undefined, operands: readonly string[], values: Values): Command {
  const whole = `${name} ${operands[0]}`;
  const called = COMMANDS.has(whole) ? whole : (name ?? '');
  const known = COMMANDS.get(called);
  if (known === undefined) throw unknownCommand([...(name === undefined ? [] : [name]), ...operands]);
  const foreign = Object.keys(values).find((option) => !EVERYWHERE.includes(option) && !known.options.includes(option));
  if (foreign !== undefined) throw new UsageError(`${called}: --${foreign}`);
  return known.read(called === whole ? operands.slice(1) : operands, values);
}

function unknownCommand([name, operand]: readonly string[]): UsageError {
  const names = [...COMMANDS.keys()];
  if (name === undefined) return new UsageError(names.join(', '));
  const meant = [name, `${name} ${operand}`].map((written) => didYouMean(written, names)).find((text) => text !== '');
  return new UsageError(`${name}${meant ?? ''}: ${names.join(', ')}`);
}

function didYouMean(written: string, names: readonly string[], before = ''): string {
  const meant = nearestName(written, names);
  return meant === undefined ? '' : ` (${before}${meant}?)`;
}

function toLogin(operands: readonly string[], { phone }: Values): Command {
  const [bedUrl] = operands;
  if (bedUrl === undefined || operands.length > 1) throw new UsageError('login <bed-url>');
  return { kind: 'login', bedUrl: requireAddress(bedUrl), phone };
}

function toAdmin([phone, ...rest]: readonly string[]): Command {
  if (phone === undefined || rest.length > 0) throw new UsageError('admin reset-password <phone>');
  return { kind: 'reset-password', phone };
}

function toDoctor(operands: readonly string[]): Command {
  if (operands.length > 1) throw new UsageError('doctor wx [project]');
  return { kind: 'doctor-wx', project: operands[0] ?? '.' };
}

function toTokens(operands: readonly string[], { phone, json = false }: Values): Command {
  if (operands[0] !== undefined) {
    throw new UsageError(`tokens ${operands[0]}${didYouMean(operands[0], ['create', 'revoke'])}: create, revoke`);
  }
  return { kind: 'tokens', phone, json, deed: { name: 'list' } };
}

function toTokenRequest([name, ...rest]: readonly string[], values: Values): Command {
  if (name === undefined || rest.length > 0) throw new UsageError('tokens create <name>');
  const { phone, json = false, scopes = 'upload', bucket: bucketName, prefix, days, 'max-bytes': maxBytes } = values;
  const request = {
    name,
    scopes: scopes.split(',').map((scope) => oneOf('--scopes', SCOPES, scope)),
    ...(bucketName !== undefined && { bucketName }),
    ...(prefix !== undefined && { prefix }),
    ...(days !== undefined && { expiresIn: toWhole('--days', days) * 24 * 60 * 60 }),
    ...(maxBytes !== undefined && { maxBytes: toWhole('--max-bytes', maxBytes) }),
  };
  return { kind: 'tokens', phone, json, deed: { name: 'create', request } };
}

function toRevoked(ids: readonly string[], { phone }: Values): Command {
  if (ids.length === 0) throw new UsageError('tokens revoke <id…>');
  return { kind: 'tokens', phone, json: false, deed: { name: 'revoke', ids } };
}

function toWhole(option: string, text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new UsageError(`${option} 1, 2, 3 …`);
  return Number(text);
}

function toList(operands: readonly string[], { bucket, json = false }: Values): Command {
  // No image is called so: a link would list nothing, as if nothing were there.
  if (operands.length > 1 || /^https?:\/\//i.test(operands[0] ?? '')) throw new UsageError('list [prefix]');
  return { kind: 'list', bucketName: bucket, prefix: operands[0] ?? '', json };
}

function toRemove(images: readonly string[], { bucket }: Values): Command {
  if (images.length === 0) throw new UsageError('rm <objectName|link…>');
  return { kind: 'rm', bucketName: bucket, images };
}

function toUpload(files: readonly string[], values: Values): Command {
  if (files.length === 0) throw new UsageError('upload <files…>');
  if (files.filter((file) => file === STDIN).length > 1) throw new UsageError(`upload ${STDIN} ${STDIN}`);
  const concurrency = Number(values.concurrency ?? 4);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 16) throw new UsageError('--concurrency 1–16');
  return {
    kind: 'upload',
    files,
    bucketName: values.bucket,
    folder: values.folder,
    album: values.album,
    nameTemplate: toTemplate(values),
    concurrency,
    format: oneOf('--format', PRINTED_FORMATS, values.format ?? 'url'),
    json: values.json === true,
  };
}

/** What is the same for the same file on any day. */
const KNOWN_PLACEHOLDERS = ['hash', 'name', 'ext'] as const satisfies readonly Placeholder[];

/** Without the hash two pictures could get one name, and the second would take the place of the first. */
function toTemplate(values: Values): string {
  const template = values.name ?? (values['keep-names'] === true ? '{hash}/{name}.{ext}' : '{hash}.{ext}');
  if (!template.includes('{hash}') || !isNameTemplate(template, KNOWN_PLACEHOLDERS)) {
    throw new UsageError('--name: {hash} [{name}] [{ext}]');
  }
  return template;
}

function oneOf<Choice extends string>(option: string, choices: readonly Choice[], value: string): Choice {
  const choice = choices.find((known) => known === value);
  if (choice === undefined) throw new UsageError(`${option} ${choices.join('|')}`);
  return choice;
}

/** Takes an address of HTTP. @throws {UsageError} */
export function requireAddress(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new UsageError(`${text}: https://${text.replace(/^[a-z]*:?\/\//i, '')} ?`);
  }
  const { search, hash, username, password } = new URL(text);
  if (`${search}${hash}${username}${password}` !== '') throw new UsageError(`${text}: ? # @`);
  return text;
}
