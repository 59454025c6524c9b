import { resolve } from 'node:path';
import type { App } from './app.ts';
import { bootstrap } from './bootstrap.ts';
import { type Config, loadConfig } from './config/config.ts';
import { startJobs } from './events/job-intervals.ts';
import { createNodeServer, listen } from './http/node-server.ts';
import { describeStartFailure } from './http/start-failure.ts';
import { stopWhenAsked } from './http/stop.ts';
import { createLogger } from './logger.ts';

const writeLog = (line: string): void => void process.stdout.write(line);
const logger = createLogger(writeLog, () => new Date());
process.on('unhandledRejection', (cause) => logger.error('stray-rejection', { cause }));

async function openEntry(app: App, config: Config) {
  // As main.ts does it, so that the bundle has it once and in one file.
  const loadDialects = () => import('./dialects/registry.ts');
  if (!config.emulateLimits) return (await import('./http/entry.ts')).createHttpEntry(app, { ...config, loadDialects });
  return (await import('./events/emulated-platform.ts')).emulatePlatform((await import('./main.ts')).main);
}

let dataDir: string | undefined;

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  dataDir = config.dataDir;
  const app = await bootstrap(config, { writeLog });
  const server = createNodeServer(await openEntry(app, config), config);
  const url = `${await listen(server, config)}${config.mount}`;
  logger.info('listening', { url, dataDir: resolve(config.dataDir), bed: app.found });
  const folder = `${resolve(config.dataDir)}${app.found === undefined ? '' : ` (${app.found})`}`;
  const isForPeople = process.stdout.isTTY || process.env['npm_lifecycle_event'] === 'start';
  if (isForPeople)
    process.stdout.write(`imagepic listens on ${url} with the data folder ${folder}\nNext: curl ${url}/health\n`);
  startJobs(app.jobs, logger);
  stopWhenAsked(server, { process, logger });
}

start().catch((error: unknown) => {
  process.stderr.write(`${describeStartFailure(error, dataDir)}\n`);
  process.exit(1);
});
