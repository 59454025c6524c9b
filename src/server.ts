import { bootstrap } from './bootstrap.ts';
import { ConfigError, loadConfig } from './config/config.ts';
import { startJobs } from './events/job-intervals.ts';
import { closeServer, createNodeServer, listen } from './http/node-server.ts';
import { createLogger } from './logger.ts';

/** Within the 30 s that Kubernetes and most others wait between asking and killing. */
const GRACE_MS = 25_000;

const writeLog = (line: string): void => void process.stdout.write(line);
const logger = createLogger(writeLog, () => new Date());

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  process.on('unhandledRejection', (cause) => logger.error('stray-rejection', { cause }));
  const app = await bootstrap(config, { writeLog });
  // As main.ts does it, so that the bundle has it once and in one file.
  const { createHttpEntry } = await import('./http/entry.ts');
  const server = createNodeServer(createHttpEntry(app, config), config);
  const url = `${await listen(server, config)}${config.mount}`;
  logger.info('listening', { url });
  startJobs(app.jobs, logger);
  const stop = async (signal: string): Promise<void> => {
    logger.info('stopping', { signal });
    await closeServer(server, GRACE_MS);
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(signal));
}

start().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
