import type { App } from '../../src/app.ts';
import type { Config } from '../../src/config/config.ts';
import { createHttpEntry } from '../../src/http/entry.ts';
import type { HttpEntry } from '../../src/http/request.ts';

/** The HTTP entry as the entry points make it, dialects and all. */
export const openHttpEntry = (
  app: App,
  config: Pick<Config, 'mount' | 'publicUrl' | 'allowedOrigins' | 'imageOrigins'>,
  referenceFolder?: string,
): HttpEntry =>
  createHttpEntry(app, { ...config, referenceFolder, loadDialects: () => import('../../src/dialects/registry.ts') });
