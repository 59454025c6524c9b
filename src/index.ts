import { bootstrap } from './bootstrap.ts';
import type { Config } from './config/config.ts';
import { packagesOf, requirePackages } from './config/packages.ts';
import { createLocalEntry, type Local } from './events/local.ts';

export { type Config, ConfigError, loadConfig } from './config/config.ts';
export type { Envelope, FailureEnvelope, SuccessEnvelope } from './envelope.ts';
export { AppError, type ErrorCode } from './errors.ts';
export type { Local, LocalOptions } from './events/local.ts';
export { main } from './main.ts';

/**
 * Builds the whole service in this process, for tests and scripts; log lines go to `writeLog`, nowhere unless given.
 * @throws {ConfigError} naming packages that are not installed
 */
export async function createLocal(config: Config, writeLog: (line: string) => void = () => {}): Promise<Local> {
  await requirePackages(packagesOf(config, 'bed'));
  return createLocalEntry(await bootstrap(config, { writeLog }), config.publicUrl ?? config.mount);
}
