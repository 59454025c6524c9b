import { resolve } from 'node:path';
import { AppError } from '../errors.ts';

/** What is to be known of a server that has started. */
interface StartFacts {
  readonly url: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly bed: string | undefined;
  readonly registration: string;
  readonly envFile: string | undefined;
}

const REGISTRATION: Readonly<Record<string, string>> = {
  open: 'Everybody who can reach it may register (IMAGEPIC_REGISTRATION)',
  invite: 'The first account is the admin; whoever comes later needs an invitation (IMAGEPIC_REGISTRATION)',
  closed: 'Nobody may register (IMAGEPIC_REGISTRATION)',
};

/** Says for people where it listens, with which data, who may come in, and what to do next. */
export function describeStart({ url, dataDir, bed, registration, envFile }: StartFacts): string {
  const folder = `${dataDir}${bed === undefined ? '' : ` (${bed})`}`;
  const lines = [
    `imagepic listens on ${url} with the data folder ${folder}`,
    ...(envFile === undefined ? [] : [`The settings of ${envFile} are read, after those of the shell`]),
    REGISTRATION[registration] ?? '',
    `Next: open ${url}/ in a browser`,
  ];
  return `${lines.join('\n')}\n`;
}

/** What the system says of a call of its own. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/** Where the embedded stores are meant to be; absent when the configuration itself was not read. */
type DataDir = string | undefined;

/** Says in a sentence or two why a server could not start: which path or address, what the system says, which variable helps. */
export function describeStartFailure(error: unknown, dataDir?: DataDir): string {
  const causes = causesOf(error);
  const system = causes.find(isSystemError);
  const told = system && (describeAddress(system) ?? describeFile(system, dataDir));
  return told ?? describeOther(causes, dataDir);
}

function causesOf(error: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  // A circle of causes would never end.
  for (let cause = error; cause !== undefined && causes.length < 10; ) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'syscall' in error &&
  typeof error.syscall === 'string';

/** `undefined` when it is not about where to listen. */
function describeAddress({ code, syscall, address, port, hostname }: SystemError): string | undefined {
  if (syscall === 'getaddrinfo') {
    return `HOST is ${hostname}, which is no address that can be found (${code}). Set it to 127.0.0.1, or to 0.0.0.0 for everybody to reach.`;
  }
  if (syscall !== 'listen') return undefined;
  if (code === 'EADDRINUSE') {
    return `Something listens on ${address}:${port} already (${code}). Stop it, or set PORT to another port; 0 takes any that is free.`;
  }
  if (code === 'EACCES') {
    return `This user may not listen on port ${port} (${code}). Set PORT to 1024 or more.`;
  }
  return `HOST is ${address}, where this machine cannot listen (${code}). Set it to 127.0.0.1, or to 0.0.0.0 for everybody to reach.`;
}

const FILE_ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Let the user of this process read and write there',
  EPERM: 'Let the user of this process read and write there',
  EROFS: 'Mount it for writing',
  ENOSPC: 'Make room there',
  EDQUOT: 'Make room there',
  ENOTDIR: 'What stands in its way is no folder; move it away',
  EEXIST: 'What stands in its way is no folder; move it away',
};

/** `undefined` when it is not about a file. */
function describeFile({ code, path, message }: SystemError, dataDir: DataDir): string | undefined {
  const advice = FILE_ADVICE[code];
  if (dataDir === undefined || (path === undefined && advice === undefined)) return undefined;
  const folder = `The data folder ${resolve(dataDir)} cannot be used (${message}).`;
  return `${folder} ${advice ?? 'See that it is there'}, or set IMAGEPIC_DATA_DIR to another folder.`;
}

/** A document that is damaged has no cause in the system; at the start it can only be the secret that was made there. */
function describeOther(causes: readonly unknown[], dataDir: DataDir): string {
  const messages = causes.map((cause) => (cause instanceof Error ? cause.message : String(cause)));
  const told = messages.join(': ');
  const isDamage = dataDir !== undefined && causes.some((cause) => cause instanceof AppError);
  if (!isDamage) return told;
  return `The secret of this bed in ${resolve(dataDir)} cannot be read (${told}). Restore that folder, or set IMAGEPIC_SECRET, which signs everybody out.`;
}
