import { bootstrap } from '../bootstrap.ts';
import { type Config, ConfigError, loadConfig } from '../config/config.ts';
import { emulatePlatform } from '../events/emulated-platform.ts';
import { createHttpEntry, type HttpEntry } from '../http/entry.ts';
import { closeServer, createNodeServer, listen } from '../http/node-server.ts';
import { main } from '../main.ts';

const GRACE_MS = 5000;

async function createEntry(config: Config): Promise<HttpEntry> {
  if (config.emulateLimits) return emulatePlatform(main);
  return createHttpEntry(await bootstrap(config, { writeLog: (line) => process.stdout.write(line) }), config);
}

async function start(config: Config): Promise<void> {
  const server = createNodeServer(await createEntry(config));
  const url = `${await listen(server, config)}${config.mount}`;
  process.stdout.write(`imagepic listens on ${url}\nNext: curl ${url}/health\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closeServer(server, GRACE_MS).then(() => process.exit(0)));
  }
}

start(loadConfig(process.env)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
