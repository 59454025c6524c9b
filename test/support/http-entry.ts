import type { App } from '../../src/app.ts';
import type { Config } from '../../src/config/config.ts';
import { createHttpEntry } from '../../src/http/entry.ts';
import type { HttpEntry } from '../../src/http/request.ts';
import { createLogger } from '../../src/logger.ts';

/** The HTTP entry as the entry points make it, dialects and all. */
export const openHttpEntry = (
  app: App,
  config: Pick<Config, 'mount' | 'publicUrl' | 'allowedOrigins' | 'imageOrigins'>,
  { referenceFolder, writeLog = () => {} }: { referenceFolder?: string; writeLog?: (line: string) => void } = {},
): HttpEntry =>
  createHttpEntry(app, {
    ...config,
    referenceFolder,
    loadDialects: () => import('../../src/dialects/registry.ts'),
    logger: createLogger(writeLog, () => new Date()),
  });
