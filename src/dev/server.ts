import { bootstrap } from '../bootstrap.ts';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { createHttpEntry, type HttpEntry } from '../entries/http/entry.ts';
import { main } from '../main.ts';
import { createNodeServer } from './node-http.ts';
import { emulatePlatform } from './platform.ts';

async function createEntry(config: Config): Promise<HttpEntry> {
  if (config.emulateLimits) return emulatePlatform(main);
  return createHttpEntry(await bootstrap(config, { writeLog: (line) => process.stdout.write(line) }), config);
}

async function start(config: Config): Promise<void> {
  const server = createNodeServer(await createEntry(config));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  process.stdout.write(
    `imagepic listens on http://${host}:${port}${config.mount}\nNext: curl http://${host}:${port}${config.mount}/health\n`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  }
}

start(loadConfig(process.env)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
