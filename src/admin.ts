import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { openAccounts } from './bootstrap.ts';
import { type Config, loadConfig } from './config/config.ts';
import { readEnvFile } from './config/env-file.ts';
import { packagesOf, requirePackages } from './config/packages.ts';
import { describeStartFailure } from './http/start-report.ts';
import { createLogger } from './logger.ts';
import { nearestName } from './naming/nearest-name.ts';
import { toPhone } from './naming/phone.ts';
import { pickRequestId } from './naming/request-id.ts';

/** By which somebody sets another password, once. */
export interface PasswordReset {
  /** Of the page, as far as the settings tell its address. */
  readonly link: string;
  readonly reset: string;
  readonly expiresAt: Date;
}

const A_DAY_SECONDS = 24 * 60 * 60;

/**
 * Makes a reset code for the account of a phone, set by the same variables and the same `.env` as the server, on the same
 * stores and beside it; `undefined` when nobody has that phone. @throws {Error} saying for people what is in the way
 */
export async function createPasswordReset(
  env: NodeJS.ProcessEnv,
  phone: string,
  writeLog: (line: string) => void,
): Promise<PasswordReset | undefined> {
  let config: Config | undefined;
  try {
    const loaded = loadConfig(readEnvFile(env).env, nearestName);
    config = loaded;
    await requirePackages(packagesOf(loaded, 'accounts'));
    const accounts = await openAccounts(loaded);
    const made = await createReset(accounts, loaded, phone).finally(accounts.close);
    if (made === undefined) return undefined;
    writeAudit(writeLog, { userId: made.userId, expiresIn: A_DAY_SECONDS });
    return { reset: made.reset, expiresAt: made.expiresAt, link: `${addressOf(loaded)}/#/reset/${made.reset}` };
  } catch (error) {
    throw new Error(describeStartFailure(error, config?.dataDir), { cause: error });
  }
}

/** As `auth/createPasswordReset` does, of whoever may run this. */
const writeAudit = (writeLog: (line: string) => void, target: Readonly<Record<string, unknown>>): void =>
  createLogger(writeLog, () => new Date()).info('audit', {
    requestId: pickRequestId(undefined),
    ...{ $url: 'auth/createPasswordReset', actor: userInfo().username, transport: 'command-line', target },
  });

async function createReset({ find }: Awaited<ReturnType<typeof openAccounts>>, config: Config, phone: string) {
  const accounts = await find();
  if (accounts === undefined) throw new Error(noBed(config));
  const found = await accounts.phones.find(toPhone(phone) ?? phone);
  if (found === undefined) return undefined;
  return { ...(await accounts.passwordResets.create(found.userId, A_DAY_SECONDS)), userId: found.userId };
}

const addressOf = ({ publicUrl, port, mount }: Config): string =>
  publicUrl === undefined || publicUrl.includes('{') ? `http://127.0.0.1:${port}${mount}` : publicUrl;

function noBed({ documents, dataDir }: Config): string {
  if (documents.kind === 'file') {
    return `There is no image bed in ${resolve(dataDir)}. Run this where the server runs, or set IMAGEPIC_DATA_DIR to the folder that the server names when it starts.`;
  }
  if (documents.kind === 'cloudbase') {
    return `There is no image bed in the CloudBase environment ${documents.envId}. Set IMAGEPIC_CLOUDBASE_ENV to that of the server.`;
  }
  const database =
    documents.kind === 'mongodb'
      ? `MongoDB database ${documents.database} on ${documents.hosts.join(',')}`
      : `PostgreSQL database ${documents.database} on ${documents.host}:${documents.port}`;
  return `There is no image bed in the ${database}. Set IMAGEPIC_DATABASE_URL to that of the server.`;
}
