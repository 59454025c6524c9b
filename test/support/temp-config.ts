import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/config/config.ts';

/** Makes a configuration whose data lives in a folder of its own until `remove`. */
export async function createTempConfig(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly config: Config; readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-test-'));
  return {
    config: loadConfig({ IMAGEPIC_DATA_DIR: folder, ...env }),
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
