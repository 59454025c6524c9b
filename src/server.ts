import { resolve } from 'node:path';
import type { App } from './app.ts';
import { bootstrap } from './bootstrap.ts';
import { type Config, loadConfig } from './config/config.ts';
import { readEnvFile } from './config/env-file.ts';
import { startJobs } from './events/job-intervals.ts';
import { createNodeServer, listen } from './http/node-server.ts';
import { describeStart, describeStartFailure } from './http/start-report.ts';
import { stopWhenAsked } from './http/stop.ts';
import { createLogger } from './logger.ts';
import { nearestName } from './naming/nearest-name.ts';
import { refuseNode } from './version.ts';

const writeLog = (line: string): void => void process.stdout.write(line);
const logger = createLogger(writeLog, () => new Date());
process.on('unhandledRejection', (cause) => logger.error('stray-rejection', { cause }));

async function openEntry(app: App, config: Config) {
  // As main.ts does it, so that the bundle has it once and in one file.
  const loadDialects = () => import('./dialects/registry.ts');
  if (!config.emulateLimits)
    return (await import('./http/entry.ts')).createHttpEntry(app, { ...config, loadDialects, logger });
  return (await import('./events/emulated-platform.ts')).emulatePlatform((await import('./main.ts')).main);
}

let dataDir: string | undefined;

async function start(): Promise<void> {
  const oldNode = refuseNode(process.versions.node);
  if (oldNode !== undefined) throw new Error(oldNode);
  const { env, file } = readEnvFile(process.env);
  const config = loadConfig(env, nearestName);
  dataDir = config.dataDir;
  const app = await bootstrap(config, { writeLog });
  const server = createNodeServer(await openEntry(app, config), config);
  const url = `${await listen(server, config)}${config.mount}`;
  const facts = {
    url,
    dataDir: resolve(config.dataDir),
    bed: app.found,
    registration: config.registration,
    envFile: file,
  };
  logger.info('listening', facts);
  const isForPeople = process.stdout.isTTY || process.env['npm_lifecycle_event'] === 'start';
  if (isForPeople) writeLog(describeStart(facts));
  startJobs(app.jobs, logger);
  stopWhenAsked(server, { process, logger, close: app.close });
}

start().catch((error: unknown) => {
  process.stderr.write(`${describeStartFailure(error, dataDir)}\n`);
  process.exit(1);
});
